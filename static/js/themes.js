// The switch between the system's theme, light and dark. theme.js has set the chosen one already.
const root = document.documentElement;

function paintBrowser(theme) {
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const own = meta.dataset.scheme;
    meta.media = theme ? (own === theme ? "all" : "not all") : `(prefers-color-scheme: ${own})`;
  }
}

function choose(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  paintBrowser(theme);
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}

for (const input of document.querySelectorAll("input[name=theme]")) {
  input.checked = input.value === (root.dataset.theme || "");
  input.addEventListener("change", () => choose(input.value));
}
if (root.dataset.theme) paintBrowser(root.dataset.theme);
