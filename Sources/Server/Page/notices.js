// What the page says at the edge: announcements for screen readers, notices with undo, problems with another try.
import { $, button, el, focusOn } from "./dom.js";

const STAY = 8_000;
/** What had the focus before a notice got it. */
let origin = null;

export function announce(text) {
  // A changed text is read out; the same text again needs a moment in between.
  $("#announcer").textContent = "";
  setTimeout(() => ($("#announcer").textContent = text), 60);
}

/** Takes a notice away; the focus goes back to where it was before. False when the notice was gone already. */
function leave(notice) {
  if (!notice.isConnected) return false;
  const hadFocus = notice.contains(document.activeElement);
  notice.remove();
  if (hadFocus) focusOn(origin?.checkVisibility() ? origin : $("h1"));
  return true;
}

function show(notice, stay) {
  const notices = $("#notices");
  notices.append(notice);
  // What failed can be tried again from its notice only: it stays longest.
  while (notices.children.length > 3) ($(".notice:not(.problem)", notices) ?? notices.firstElementChild).remove();
  if (!stay) return;
  let timer;
  const stop = () => clearTimeout(timer);
  const start = () => {
    stop();
    timer = setTimeout(() => leave(notice), stay);
  };
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
      leave(notice);
      done();
    },
  });
}

/** Says that something happened, and offers to take it back; gives what takes the notice away. */
export function tell(text, undo) {
  const notice = el("div", { class: "notice", "data-test": "notice" }, el("p", { text }));
  if (undo) {
    const once = () => {
      leave(notice);
      undo();
    };
    notice.append(el("button", {
      type: "button", class: "link-button", text: "Undo", "data-test": "undo", onclick: once,
    }));
  }
  notice.append(dismissal(notice));
  show(notice, STAY);
  return () => leave(notice);
}

/** Takes back what the last notice offers to take back. */
export function undoLast() {
  [...document.querySelectorAll("#notices [data-test=undo]")].at(-1)?.click();
}

/** What failed and why, and what comes next when the server said how long to wait. */
function explain(text, failure, again) {
  if (!failure) return text;
  const { message, retryAfter } = failure;
  return again && retryAfter ? `${text} ${failure.reason} Trying again in ${retryAfter} s.` : `${text} ${message}`;
}

/**
 * Says what failed. `again` tries once more: at the press of a button, and by itself when the server said how long to
 * wait, if it `isApt` then. Gives what takes the notice away.
 */
export function problem(text, failure, again, isApt = () => true) {
  const notice = el("div", { class: "notice problem", "data-test": "problem" });
  notice.append(el("p", { text: explain(text, failure, again), role: "alert" }));
  let timer;
  if (again) {
    const retry = () => {
      clearTimeout(timer);
      leave(notice);
      again();
    };
    notice.append(
      el("button", { type: "button", class: "link-button", text: "Try again", "data-test": "retry", onclick: retry }),
    );
    if (failure?.retryAfter) timer = setTimeout(() => isApt() && retry(), failure.retryAfter * 1000);
  }
  notice.append(dismissal(notice, () => clearTimeout(timer)));
  show(notice);
  return () => {
    clearTimeout(timer);
    return leave(notice);
  };
}

/** A place in a list where its content could not be loaded. */
export function trouble(text, failure, again) {
  const box = el(
    "div",
    { class: "trouble", role: "alert", "data-test": "trouble" },
    el("p", { text: explain(text, failure, again) }),
    el("button", { type: "button", class: "button", text: "Try again", "data-test": "retry", onclick: again }),
  );
  if (failure.retryAfter) setTimeout(() => box.isConnected && again(), failure.retryAfter * 1000);
  return box;
}

export function watchNotices() {
  const notices = $("#notices");
  notices.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget && !notices.contains(relatedTarget)) origin = relatedTarget;
  });
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
