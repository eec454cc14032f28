// Buttons that copy: a value, a block of code, or this page as JSON.
const say = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

// A button says what it copies: "Copy request ID". For two seconds it shows, and it tells once.
function done(button, label) {
  say(`${label[0].toUpperCase()}${label.slice(1)} copied.`);
  button.classList.add("is-done");
  setTimeout(() => button.classList.remove("is-done"), 2000);
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    done(button, button.textContent.trim().replace(/^Copy (as )?/, ""));
  } catch {
    say("Copying is not allowed here. Select the text and copy it by hand.");
  }
}

async function copyFrom(link) {
  try {
    const answer = await fetch(link.href, { headers: { Accept: "application/json" } });
    await copy(link, await answer.text());
  } catch {
    location.href = link.href;
  }
}

// Code that an editor wrote gets the frame that code of our own has, and all of it a button.
for (const pre of document.querySelectorAll(".prose pre:not(.code pre)")) {
  const frame = document.createElement("figure");
  const bar = document.createElement("figcaption");
  frame.className = "code";
  bar.className = "code__bar";
  const name = document.createElement("span");
  name.textContent = pre.textContent.startsWith("curl ") ? "Command" : "Code";
  bar.append(name);
  pre.before(frame);
  frame.append(bar, pre);
}

for (const bar of document.querySelectorAll(".code__bar")) {
  const button = document.getElementById("copy-code").content.firstChild.cloneNode(true);
  const label = bar.parentElement.querySelector("pre").getAttribute("aria-label") ?? "Code";
  button.querySelector(".hidden-visually").textContent = ` ${label[0].toLowerCase()}${label.slice(1)}`;
  bar.append(button);
}

// A box that scrolls sideways, now or once the page is zoomed, can be reached with the keyboard.
const scrolling = new ResizeObserver((changes) => {
  for (const { target: box } of changes) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".prose pre, .prose table")) scrolling.observe(box);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-code], [data-copy-from]");
  if (!button || !navigator.clipboard) return;
  if ("copyFrom" in button.dataset) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copyFrom(button);
  } else {
    copy(button, button.dataset.copy ?? button.closest(".code").querySelector("pre").textContent);
  }
});
