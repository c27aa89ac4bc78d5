// Search as you type: a combobox whose list stays open, so that several songs can be added one after the other.
import { art } from "./art.js";
import { $, el, icon } from "./dom.js";
import { announce, trouble } from "./notices.js";
import { add, holds } from "./playlist.js";
import { call, isAbort } from "./server.js";
import { watch } from "./state.js";
import { plural, summary } from "./words.js";

const PAUSE = 120;
const PAGE = 8;

const input = $("#search");
const list = $("#search-list");
const panel = $("#search-panel");
let tracks = [];
let active = -1;
let limit = PAGE;
let timer;
/** Whether the list still shows an earlier query's songs, and whether Enter was pressed meanwhile. */
let stale = false;
let eager = false;
let running = new AbortController();

function option(track, index) {
  return el(
    "li",
    {
      role: "option", id: `option-${index}`, "aria-selected": "false", "data-test": "result", "data-id": track.id,
      onclick: () => choose(index),
    },
    art(track),
    el("span", { class: "lines" },
      el("span", { class: "title", text: track.name }), el("span", { class: "artist", text: track.artist }),
      el("span", { class: "facts" }, summary(track).map((fact) => el("span", { text: fact })))),
    el("span", { class: "result-state" }),
  );
}

function showAdded() {
  tracks.forEach((track, index) => {
    const added = holds(track.id);
    list.children[index].lastElementChild.replaceChildren(icon(added ? "check" : "add"), added ? "Added" : "Add");
    list.children[index].classList.toggle("added", added);
  });
}

function activate(index) {
  active = index;
  [...list.children].forEach((each, at) => each.setAttribute("aria-selected", at === index));
  const element = list.children[index];
  if (element) input.setAttribute("aria-activedescendant", element.id);
  else input.removeAttribute("aria-activedescendant");
  element?.scrollIntoView({ block: "nearest" });
}

function choose(index) {
  const track = tracks[index];
  if (!track) {
    limit += 20;
    search(index);
    return;
  }
  activate(index);
  if (holds(track.id)) announce(`${track.name} is already in the playlist.`);
  else add([track]);
}

function setOpen(open) {
  panel.hidden = !open;
  input.setAttribute("aria-expanded", open);
  if (!open) activate(-1);
}

function say(text) {
  $("#search-status").textContent = text;
}

function show(found, query, from) {
  tracks = found.tracks;
  const rows = tracks.map(option);
  if (found.total > tracks.length && limit < 100) {
    rows.push(el("li", {
      role: "option", id: `option-${tracks.length}`, class: "more", "aria-selected": "false",
      "data-test": "more-results", text: "Show more", onclick: () => choose(tracks.length),
    }));
  }
  list.replaceChildren(...rows);
  list.hidden = !rows.length;
  showAdded();
  activate(from);
  say(found.total
    ? `${plural(found.total, "song")} for “${query}”. Enter adds one.`
    : `Nothing found for “${query}”. Another spelling? Browse lists every song from A to Z.`);
  if (eager && tracks.length) choose(0);
  stale = false;
  eager = false;
}

async function search(from = -1) {
  running.abort();
  running = new AbortController();
  const query = input.value.trim();
  $("#search-clear").hidden = !input.value;
  if (!query) {
    tracks = [];
    stale = false;
    setOpen(false);
    return;
  }
  const { signal } = running;
  const slow = setTimeout(() => say("Searching…"), 300);
  $("#search-trouble").replaceChildren();
  setOpen(true);
  try {
    show(await call("GET", "/search", { query: { q: query, limit: Math.min(100, limit) }, signal }), query, from);
  } catch (failure) {
    if (isAbort(failure)) return;
    tracks = [];
    stale = false;
    list.replaceChildren();
    list.hidden = true;
    say("");
    $("#search-trouble").replaceChildren(trouble("The search did not work.", failure, () => search()));
  } finally {
    clearTimeout(slow);
  }
}

function keys(event) {
  const last = list.children.length - 1;
  if (event.key === "Escape") {
    if (panel.hidden) input.value = "";
    setOpen(false);
    $("#search-clear").hidden = !input.value;
  } else if (event.key === "Enter" && stale) {
    eager = true;
  } else if (event.key === "Enter" && !panel.hidden) {
    choose(Math.max(0, active));
  } else if (event.key === "ArrowDown") {
    if (panel.hidden && input.value.trim()) search();
    else activate(active >= last ? 0 : active + 1);
  } else if (event.key === "ArrowUp") {
    activate(active <= 0 ? last : active - 1);
  } else return;
  event.preventDefault();
}

export function start() {
  input.addEventListener("input", () => {
    clearTimeout(timer);
    limit = PAGE;
    stale = true;
    eager = false;
    activate(-1);
    timer = setTimeout(search, PAUSE);
  });
  input.addEventListener("keydown", keys);
  input.addEventListener("focus", () => input.value.trim() && panel.hidden && search());
  // A press on a result must not take the focus, and with it the list, away.
  panel.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("blur", () => setTimeout(() => panel.contains(document.activeElement) || setOpen(false), 100));
  $("#search-clear").addEventListener("click", () => {
    input.value = "";
    search();
    input.focus();
  });
  $("#search-form").addEventListener("submit", (event) => event.preventDefault());
  watch("playlist", showAdded);
}
