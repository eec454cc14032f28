// One polite voice for the whole page: document.dispatchEvent(new CustomEvent("announce", { detail })).
const voice = document.getElementById("announcements");

document.addEventListener("announce", (event) => {
  voice.textContent = "";
  setTimeout(() => {
    voice.textContent = event.detail;
  }, 50);
});
