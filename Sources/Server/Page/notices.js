// What the page says at the edge: announcements for screen readers, notices with undo, problems with another try.
import { $, button, el } from "./dom.js";

const STAY = 8_000;
let lastUndo = null;

export function announce(text) {
  // A changed text is read out; the same text again needs a moment in between.
  $("#announcer").textContent = "";
  setTimeout(() => ($("#announcer").textContent = text), 60);
}

function show(notice, stay) {
  $("#notices").append(notice);
  while ($("#notices").children.length > 3) $("#notices").firstElementChild.remove();
  if (!stay) return;
  let timer;
  const start = () => (timer = setTimeout(() => notice.remove(), stay));
  const stop = () => clearTimeout(timer);
  notice.addEventListener("pointerenter", stop);
  notice.addEventListener("focusin", stop);
  notice.addEventListener("pointerleave", start);
  notice.addEventListener("focusout", start);
  start();
}

function dismissal(notice, done = () => {}) {
  return button("close", "Dismiss", {
    "data-test": "dismiss",
    onclick: () => {
      notice.remove();
      done();
    },
  });
}

/** Says that something happened, and offers to take it back. */
export function tell(text, undo) {
  const notice = el("div", { class: "notice", "data-test": "notice" }, el("p", { text }));
  if (undo) {
    const once = () => {
      if (lastUndo === once) lastUndo = null;
      notice.remove();
      undo();
    };
    lastUndo = once;
    notice.append(el("button", {
      type: "button", class: "link-button", text: "Undo", "data-test": "undo", onclick: once,
    }));
  }
  notice.append(dismissal(notice));
  show(notice, STAY);
}

export function undoLast() {
  lastUndo?.();
}

/**
 * Says what failed. `again` tries once more: at the press of a button, and by itself when the server said how long to
 * wait.
 */
export function problem(text, failure, again) {
  const notice = el("div", { class: "notice problem", "data-test": "problem" });
  const words = failure ? `${text} ${failure.message}` : text;
  notice.append(el("p", { text: words, role: "alert" }));
  let timer;
  if (again) {
    const retry = () => {
      clearTimeout(timer);
      notice.remove();
      again();
    };
    notice.append(
      el("button", { type: "button", class: "link-button", text: "Try again", "data-test": "retry", onclick: retry }),
    );
    if (failure?.retryAfter) timer = setTimeout(retry, failure.retryAfter * 1000);
  }
  notice.append(dismissal(notice, () => clearTimeout(timer)));
  show(notice);
}

/** A place in a list where its content could not be loaded. */
export function trouble(text, failure, again) {
  const box = el(
    "div",
    { class: "trouble", role: "alert", "data-test": "trouble" },
    el("p", { text: `${text} ${failure.message}` }),
    el("button", { type: "button", class: "button", text: "Try again", "data-test": "retry", onclick: again }),
  );
  if (failure.retryAfter) setTimeout(() => box.isConnected && again(), failure.retryAfter * 1000);
  return box;
}

export function watchConnection() {
  const banner = $("#banner");
  const update = () => {
    banner.hidden = navigator.onLine;
    banner.textContent = navigator.onLine ? "" : "You are offline. You can look around; changes need a connection.";
  };
  addEventListener("online", update);
  addEventListener("offline", update);
  update();
}
