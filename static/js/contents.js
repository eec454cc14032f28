// The list "On this page" marks the part that is being read.
const entries = new Map();
for (const link of document.querySelectorAll(".contents a")) {
  const heading = document.getElementById(link.hash.slice(1));
  if (heading) entries.set(heading.closest("section") ?? heading, link);
}
const seen = new Set();

function mark() {
  const first = [...entries.keys()].find((part) => seen.has(part));
  for (const [part, link] of entries) {
    if (part === first) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// What crosses a line below the top of the window is what is being read.
const watch = new IntersectionObserver(
  (changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) seen.add(target);
      else seen.delete(target);
    }
    if (seen.size) mark();
  },
  { rootMargin: "-20% 0px -79% 0px" },
);
for (const part of entries.keys()) watch.observe(part);
