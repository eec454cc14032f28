// Time left, second by second. Silent while it runs; speaks once, when a good token comes to its end.
function left(seconds) {
  if (seconds >= 172800) return `${Math.floor(seconds / 86400)} d`;
  if (seconds >= 7200) return `${Math.floor(seconds / 3600)} h`;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds)} s`;
}

for (const time of document.querySelectorAll("time[data-countdown]")) {
  const end = Date.parse(time.dateTime);
  if (!(end > Date.now())) continue;
  const bar = time.closest("div")?.querySelector("meter");
  const timer = setInterval(() => {
    const seconds = (end - Date.now()) / 1000;
    if (bar) bar.value = seconds;
    if (seconds > 0) {
      time.textContent = `in ${left(seconds)}`;
      return;
    }
    clearInterval(timer);
    time.textContent = "expired since this page was made";
    document.dispatchEvent(
      new CustomEvent("announce", { detail: "The token has expired since this page was made." }),
    );
  }, 1000);
}
