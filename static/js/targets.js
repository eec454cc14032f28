// A link to a row opens it; a button prints the page.
function openRow() {
  const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = row && row.querySelector("details");
  if (details) details.open = true;
}

addEventListener("hashchange", openRow);
openRow();

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
