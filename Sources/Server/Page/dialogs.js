// Dialogs: opening and closing them, a question with yes and no, and one for a name.
import { $, button, el, focusOn, headingOf } from "./dom.js";

let count = 0;

/** An empty dialog with a heading and a close button; removed when closed. */
export function dialog(title, properties = {}) {
  count += 1;
  const heading = el("h2", { text: title, id: `dialog-title-${count}` });
  const body = el("div", { class: "dialog-body" });
  const box = el(
    "dialog",
    { "aria-labelledby": heading.id, ...properties },
    el("div", { class: "dialog-head" }, heading,
      button("close", "Close", { "data-test": "dialog-close", onclick: () => box.close() })),
    body,
  );
  const opener = document.activeElement;
  const section = opener.closest("section");
  const menu = opener.closest(".menu");
  box.addEventListener("close", () => {
    box.remove();
    // What opened it may have gone: with its menu, or with what was done in the dialog.
    if (document.activeElement !== document.body) return;
    if (menu) $(`[aria-controls="${menu.id}"]`).focus();
    else if (section) focusOn(headingOf(section));
  });
  // A press on the dimmed page closes, as Escape does.
  box.addEventListener("pointerdown", (event) => event.target === box && box.close());
  document.body.append(box);
  box.showModal();
  return { box, body };
}

function answers(action, danger) {
  return el(
    "div",
    { class: "answers" },
    el("button", { type: "button", class: "button", text: "Cancel", "data-test": "cancel" }),
    el("button", { class: `button ${danger ? "danger" : "main"}`, text: action, "data-test": "confirm" }),
  );
}

/** Asks before something that cannot be taken back; true for yes. */
export function confirm(title, text, action) {
  return new Promise((resolve) => {
    const { box, body } = dialog(title, { class: "small", "data-test": "confirm-dialog" });
    const form = el("form", {}, el("p", { text }), answers(action, true));
    body.append(form);
    const cancel = $("[data-test=cancel]", form);
    cancel.addEventListener("click", () => box.close());
    cancel.focus();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      box.close("yes");
    });
    box.addEventListener("close", () => resolve(box.returnValue === "yes"));
  });
}

/** Asks for a name; null when there was none. */
export function ask(title, label, action, value = "") {
  return new Promise((resolve) => {
    const { box, body } = dialog(title, { class: "small", "data-test": "name-dialog" });
    const input = el("input", {
      id: "name-input", value, maxlength: 200, required: true, autocomplete: "off", "data-test": "name-input",
    });
    const form = el("form", {}, el("label", { for: "name-input", text: label }), input, answers(action));
    body.append(form);
    $("[data-test=cancel]", form).addEventListener("click", () => box.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      box.close(input.value.trim());
    });
    input.focus();
    input.select();
    box.addEventListener("close", () => resolve(box.returnValue || null));
  });
}
