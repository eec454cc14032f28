// Keeps what an editor types in this tab, until it is saved: a form is lost by a wrong click.
const PREFIX = "barbican-typed:";
const WAIT = 400; // ms
const key = PREFIX + location.pathname;
const form = document.querySelector("#demo_form, #callout_form");
let waiting = {}; // what was found here, until it is restored or discarded

// A section is known by its number in the database: its place in the form is not its own.
function nameOf(box) {
  const [, inline, field] = box.name.match(/^(.+-\d+)-([a-z_]+)$/) ?? [];
  if (!inline) return box.name;
  const id = form.elements[`${inline}-id`]?.value;
  return id ? `${inline.replace(/-\d+$/, "")}/${id}/${field}` : "";
}

function boxes() {
  const found = [...form.querySelectorAll("textarea")].map((box) => [nameOf(box), box]);
  return new Map(found.filter(([name]) => name));
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function write(typed) {
  try {
    if (Object.keys(typed).length) sessionStorage.setItem(key, JSON.stringify(typed));
    else sessionStorage.removeItem(key);
  } catch {
    // A full or forbidden store keeps nothing, and the form works as it does without one.
  }
}

function keep() {
  const changed = [...boxes()].filter(([, box]) => box.value !== box.defaultValue);
  const values = Object.fromEntries(changed.map(([name, box]) => [name, box.value]));
  write({ ...waiting, ...values });
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function titleOf(box) {
  const label = box.labels[0]?.textContent.replace(/:\s*$/, "") ?? box.name;
  const heading = box.closest(".inline-related")?.querySelector(".inline_label")?.textContent;
  return heading ? `${label} of “${heading.trim()}”` : label;
}

function offer(lost) {
  const notice = document.createElement("div");
  const words = document.createElement("p");
  notice.className = "kept";
  notice.setAttribute("role", "status");
  const names = [...lost.keys()].map(titleOf).join(", ");
  words.textContent = `You typed words here that were not saved. This tab has kept them: ${names}.`;
  const end = () => {
    notice.remove();
    waiting = {};
    keep();
    [...lost.keys()][0].focus();
  };
  const restore = () => {
    for (const [box, value] of lost) box.value = value;
    end();
  };
  notice.append(words, button("Restore them", restore), button("Discard them", end));
  form.before(notice);
}

function start() {
  const here = boxes();
  const found = read();
  const typed = Object.entries(found).filter(
    ([name, value]) => here.has(name) && here.get(name).value !== value,
  );
  if (typed.length) {
    waiting = Object.fromEntries(typed);
    offer(new Map(typed.map(([name, value]) => [here.get(name), value])));
  } else if (form.querySelector(".errornote")) {
    waiting = found; // in the form, and not saved
  } else {
    write({});
  }
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT);
  });
  // The last words too: a save may come to nothing, as it does after a session's end.
  addEventListener("pagehide", keep);
}

if (form) start();

// Whoever leaves leaves nothing behind.
document.getElementById("logout-form")?.addEventListener("submit", () => {
  removeEventListener("pagehide", keep);
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  }
});
