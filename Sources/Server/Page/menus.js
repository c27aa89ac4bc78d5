// Menus that open below their button: closed by Escape, a press elsewhere, or choosing something.
import { $ } from "./dom.js";

let open = null;

function close(giveFocusBack) {
  if (!open) return;
  const { trigger, panel } = open;
  open = null;
  panel.hidden = true;
  trigger.setAttribute("aria-expanded", "false");
  if (giveFocusBack) trigger.focus();
}

/** Makes `trigger` open `panel`; `before` fills it each time. */
export function menu(trigger, panel, before = () => {}) {
  panel.hidden = true;
  trigger.setAttribute("aria-expanded", "false");
  trigger.setAttribute("aria-controls", panel.id);
  trigger.addEventListener("click", () => {
    const wasOpen = open?.panel === panel;
    close();
    if (wasOpen) return;
    before();
    panel.hidden = false;
    trigger.setAttribute("aria-expanded", "true");
    open = { trigger, panel };
    $("button, a, input", panel)?.focus();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("a, button:not([data-stay])")) close(true);
  });
  panel.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.type === "radio") return;
    event.preventDefault();
    const stops = [...panel.querySelectorAll("a, button")];
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length)?.focus();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open) return;
  event.preventDefault();
  close(true);
});

document.addEventListener("pointerdown", (event) => {
  if (open && !open.panel.contains(event.target) && !open.trigger.contains(event.target)) close();
});

document.addEventListener("focusin", (event) => {
  if (open && !open.panel.contains(event.target) && !open.trigger.contains(event.target)) close();
});
