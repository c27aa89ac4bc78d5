// Makes and keeps elements. Text goes in as text: nothing here parses HTML.

/**
 * An element; `on…` properties are listeners, `text` its text, all else an attribute: none for null and false, bare for
 * true, but for `aria-…`, where true and false are words.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("aria-")) element.setAttribute(name, value);
    else if (value === false) continue;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Where the icons are: a file, until the page has them itself. */
let icons = "/assets/icons.svg#";

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `${icons}${name}` }));
}

/** Takes the icons into the page: a file would be asked for anew with each row, and missing without a connection. */
export async function keepIcons() {
  const response = await fetch("/assets/icons.svg");
  if (!response.ok) return;
  const sheet = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
  for (const symbol of sheet.querySelectorAll("symbol")) symbol.id = `icon-${symbol.id}`;
  sheet.setAttribute("hidden", "");
  document.body.append(sheet);
  for (const use of document.querySelectorAll("use")) {
    use.setAttribute("href", use.getAttribute("href").replace(icons, "#icon-"));
  }
  icons = "#icon-";
}

/** A button with an icon; `label` is read out and shown as a tooltip, or as text where `text` is given. */
export function button(iconName, label, { text, ...properties } = {}) {
  const named = text ? {} : { title: label };
  return el(
    "button",
    { type: "button", class: text ? "button" : "icon-button", "aria-label": label, ...named, ...properties },
    icon(iconName),
    text ? el("span", { text }) : null,
  );
}

export function setIcon(element, name) {
  element.querySelector("use").setAttribute("href", `${icons}${name}`);
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Gives the focus to a control, or to a heading, which has it until one goes on from there. */
export function focusOn(element) {
  if (/^H\d$/.test(element.tagName)) element.tabIndex = -1;
  element.focus();
}

/** A section's heading, or the button in it. */
export const headingOf = (section) => $("h1 button, h2 button, h3 button", section) ?? $("h1, h2, h3", section);

/** Whether one of these, still to be seen, has the focus. */
export const focusIsIn = (...selectors) => selectors.some((each) => $(each).contains(document.activeElement));

/** Whether what had the focus went away. */
export const focusIsLost = () => document.activeElement === document.body || !document.activeElement.checkVisibility();

/** Gives the focus to the first control of `row`. */
export function focusWithin(row) {
  $("button:not(:disabled)", row).focus();
}

/**
 * Does `change`, which moves, makes or drops rows of `section`. When the control that has the focus goes away with it,
 * the focus goes to the control of its kind that is now at its place, or the last; where none is left, to what
 * `fallback` gives.
 */
export function keepFocus(section, change, fallback = () => headingOf(section)) {
  const focused = document.activeElement;
  const kind = `[data-test="${focused.dataset.test}"]`;
  const alike = () => [...section.querySelectorAll(kind)].filter((each) => each.checkVisibility());
  const place = section.contains(focused) ? alike().indexOf(focused) : -1;
  change();
  if (place < 0) return;
  if (!focused.checkVisibility()) focusOn(alike().at(place) ?? alike().at(-1) ?? fallback());
  else if (focused !== document.activeElement) focused.focus({ preventScroll: true });
}

/** Keeps a list's rows in the order of `items`: rows are made once per key, moved, and dropped; focus stays. */
export class KeyedList {
  rows = new Map();

  constructor(parent, keyOf, make, update = () => {}) {
    Object.assign(this, { parent, keyOf, make, update });
  }

  show(items) {
    keepFocus(this.parent.closest("section"), () => this.arrange(items));
  }

  arrange(items) {
    const wanted = new Set(items.map(this.keyOf));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    items.forEach((item, index) => {
      const key = this.keyOf(item);
      const row = this.rows.get(key) ?? this.make(item);
      this.rows.set(key, row);
      if (this.parent.children[index] !== row) this.parent.insertBefore(row, this.parent.children[index] ?? null);
      this.update(row, item, index, items.length);
    });
  }
}
