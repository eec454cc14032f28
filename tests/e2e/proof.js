// What a page is asked in a browser test. proof.py turns the answers into complaints.
window.proof = (() => {
  const stops = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const hides = (value) => value === "hidden" || value === "clip";
  const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0);

  function name(e) {
    const kind = typeof e.className === "string" && e.className ? `.${e.className}` : "";
    const text = (e.innerText ?? "").trim().slice(0, 30);
    return `${e.tagName.toLowerCase()}${e.id && `#${e.id}`}${kind} "${text}"`;
  }

  function ring(e) {
    const rings = [getComputedStyle(e), getComputedStyle(e, "::after")];
    const seen = rings.filter((r) => r.outlineStyle !== "none" && !/, 0\)$/.test(r.outlineColor));
    return Math.max(0, ...seen.map((r) => parseFloat(r.outlineWidth)));
  }

  function over(e, [left, top, right, bottom]) {
    const middle = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
    const found = document.elementFromPoint((left + right) / 2, middle);
    return found && !e.contains(found) && !found.contains(e) ? name(found) : "";
  }

  // Where the focus is, what shows it, and what lies upon it; null outside the page.
  function stop() {
    const on = document.activeElement;
    if (!on || on === document.body || on === document.documentElement) return null;
    const [again, before] = [stops.includes(on), stops.at(-1)];
    stops.push(on);
    const e = getComputedStyle(on).opacity === "0" ? (on.closest("label") ?? on) : on;
    const boxes = [...e.getClientRects()].map((box) => [box.left, box.top, box.right, box.bottom]);
    const inside = boxes.find(([, top, , bottom]) => top < innerHeight && bottom > 0);
    return {
      name: name(on),
      again,
      follows: !before || Boolean(before.compareDocumentPosition(on) & 4),
      ring: ring(e),
      over: inside ? over(e, inside) : "the edge of the window",
      first: boxes.at(0),
      last: boxes.at(-1),
      scrolled: scrollY,
    };
  }

  function isStop(e) {
    const isOther = e.type === "hidden" || (e.type === "radio" && !e.checked);
    return e.tabIndex >= 0 && !e.disabled && !isOther && shown(e);
  }

  function isClipped(e) {
    const { overflowX, overflowY } = getComputedStyle(e);
    const wide = e.scrollWidth > e.clientWidth + 1;
    const high = e.scrollHeight > e.clientHeight + 1;
    return (hides(overflowX) && wide) || (hides(overflowY) && high);
  }

  function isSmall(e) {
    const isBox = e.type === "radio" || e.type === "checkbox";
    const targets = [e, ...(isBox ? e.labels : [])].map((each) => each.getBoundingClientRect());
    return targets.every(({ width, height }) => width < 24 || height < 24);
  }

  function isMoving(e, part) {
    const { transitionDuration, scrollBehavior, animationName, animationDuration } = getComputedStyle(e, part);
    const runs = animationName !== "none" && lasts(animationDuration);
    return runs || lasts(transitionDuration) || scrollBehavior === "smooth";
  }

  function isBare(e) {
    const { borderBlockEndStyle: line, borderBlockEndWidth: width } = getComputedStyle(e);
    return line === "none" || parseFloat(width) < 1;
  }

  const isDead = (e) => !(e.form && e.type === "submit");
  const unread = ".hidden-visually, .visually-hidden, .skip, .skip-to-content-link, svg, input";
  const stopping = "a[href], button, input, select, textarea, summary, [tabindex]";
  const controls = "button, select, textarea, summary, [role=tab], .button, input";
  const edged = "button:not([role=tab]), select, textarea, .button, input:not([type=radio], [type=checkbox])";
  const parts = [null, "::before", "::after", "::details-content"];
  const found = (selector, test) => all(selector).filter((e) => shown(e) && test(e)).map(name);

  return {
    stop,
    size: () => all("*").length,
    missed: () => found(stopping, (e) => isStop(e) && !stops.includes(e)),
    clipped: () => found("body *", (e) => !e.closest(unread) && isClipped(e)),
    small: () => found(controls, isSmall),
    moving: () => all("*").filter((e) => parts.some((part) => isMoving(e, part))).map(name),
    bare: () => found(edged, isBare),
    dead: () => found("button, [role=tab], [role=button]", isDead),
    hidden: () =>
      all("main :is(h2, h3, h4)").filter((e) => !shown(e) && !e.closest("details:not([open]), .empty-form")).map(name),
    over: () => document.documentElement.scrollWidth - innerWidth,
    space: () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important } p { margin-block-end: 2em !important }`);
      document.adoptedStyleSheets = [sheet];
    },
    unspace: () => {
      document.adoptedStyleSheets = [];
    },
  };
})();
