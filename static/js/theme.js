// Runs before the first paint: says that scripts run, and sets the theme that was chosen here.
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  // Plain http outside loopback has no clipboard: no button is better than a dead one.
  if (!navigator.clipboard) root.classList.add("no-clipboard");
  try {
    var theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (error) {
    // Storage is off: the system's theme stays.
  }
})();
