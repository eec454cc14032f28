// WAI-ARIA tabs over plain headed parts. Tabs of one group and one label are kept in step, and kept.
const groups = document.querySelectorAll("[data-tabs]");

function build(box) {
  const list = document.createElement("div");
  list.className = "tabs__list";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", box.dataset.label);
  for (const panel of box.querySelectorAll(":scope > .tabs__panel")) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `${panel.id}-tab`;
    tab.textContent = panel.querySelector(".tabs__title").textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.tabIndex = 0;
    list.append(tab);
  }
  box.prepend(list);
  box.classList.add("is-live");
}

const tabsOf = (box) => [...box.querySelectorAll(":scope > [role=tablist] > [role=tab]")];

function show(box, chosen) {
  for (const tab of tabsOf(box)) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
  }
}

function showLabel(group, label) {
  for (const box of groups) {
    const same = tabsOf(box).find((tab) => tab.textContent === label);
    if (same && box.dataset.tabs === group) show(box, same);
  }
}

// Whoever chooses keeps the thing that was clicked in place: the boxes above may change height.
function choose(tab) {
  const group = tab.closest("[data-tabs]").dataset.tabs;
  const before = tab.getBoundingClientRect().top;
  showLabel(group, tab.textContent);
  scrollBy(0, tab.getBoundingClientRect().top - before);
  try {
    localStorage.setItem(`tabs:${group}`, tab.textContent);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}

function kept(group) {
  try {
    return localStorage.getItem(`tabs:${group}`);
  } catch {
    return null;
  }
}

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  const panel = target && target.closest("[role=tabpanel]");
  if (!panel) return;
  showLabel(panel.closest("[data-tabs]").dataset.tabs, document.getElementById(`${panel.id}-tab`).textContent);
  target.scrollIntoView();
}

for (const box of groups) {
  build(box);
  show(box, tabsOf(box)[0]);
}
for (const box of groups) showLabel(box.dataset.tabs, kept(box.dataset.tabs));
addEventListener("hashchange", openTarget);
openTarget();

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) choose(tab);
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab) return;
  const all = tabsOf(tab.closest("[data-tabs]"));
  const at = all.indexOf(tab);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = all.at(to % all.length);
  choose(next);
  next.focus();
});
