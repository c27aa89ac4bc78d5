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

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function icon(name) {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `/assets/icons.svg#${name}` }));
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
  element.querySelector("use").setAttribute("href", `/assets/icons.svg#${name}`);
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Keeps a list's rows in the order of `items`: rows are made once per key, moved, and dropped; focus stays. */
export class KeyedList {
  rows = new Map();

  constructor(parent, keyOf, make, update = () => {}) {
    Object.assign(this, { parent, keyOf, make, update });
  }

  show(items) {
    const focused = document.activeElement;
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
    if (focused !== document.activeElement && this.parent.contains(focused)) focused.focus({ preventScroll: true });
  }
}
