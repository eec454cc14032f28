// A link to a row or a heading opens what belongs to it; a button prints the page.
function openRow() {
  const row = document.getElementById(location.hash.slice(1));
  const around = row && row.closest("details:not([open])");
  const after = row && row.nextElementSibling;
  const within = row && (row.querySelector("details") ?? (after && after.matches("details") ? after : null));
  if (within) within.open = true;
  if (!around) return;
  around.open = true;
  row.scrollIntoView();
}

addEventListener("hashchange", openRow);
openRow();

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => print());
}
