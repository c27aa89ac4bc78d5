// Recommendations: asking for them, showing them with their reasons, keeping them through a reload.
import { $, KeyedList, el, icon } from "./dom.js";
import { announce, problem } from "./notices.js";
import { add, holds, settled } from "./playlist.js";
import { call } from "./server.js";
import { cover, lines, songActions } from "./songs.js";
import { keep, kept, set, state, watch } from "./state.js";
import { because, why } from "./why.js";
import { request } from "./wishes.js";
import { plural } from "./words.js";

const SHORTAGE = {
  catalogue: "The catalogue holds no more songs.",
  wishes: "Your wishes left no more songs. Fewer of them find more.",
  tries: "The model found no more songs.",
};

let busy = false;

/** The recommendations without those the reader never wants again. */
const visible = () =>
  state.recommendations?.items.filter(({ track }) => state.verdicts.get(track.id) !== "never") ?? [];

const queue = () => visible().map(({ track }) => track);

function row({ track, reasons }) {
  const panel = reasons ? why(reasons) : null;
  let explain = null;
  if (panel) {
    panel.id = `why-${track.id}`;
    panel.hidden = true;
    explain = el(
      "button",
      { type: "button", class: "because", "aria-expanded": "false", "aria-controls": panel.id, "data-test": "why" },
      el("span", { text: because(reasons) }), icon("down"),
    );
    explain.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      explain.setAttribute("aria-expanded", !panel.hidden);
    });
  }
  return el(
    "li",
    { class: "song recommendation", "data-test": "recommendation", "data-id": track.id },
    cover(track, queue),
    lines(track),
    el("div", { class: "actions" }, songActions(track)),
    explain,
    panel,
  );
}

function show(rows) {
  const { recommendations: current, playlist } = state;
  const items = visible();
  const asked = current !== null;
  rows.show(items);
  $("#recommend-empty").hidden = asked || busy;
  $("#results-head").hidden = !items.length;
  $("#results-title").textContent = plural(items.length, "suggestion");
  $("#recommend-count").textContent = items.length || "";
  const has = Boolean(playlist?.items.length);
  $("#recommend-empty p").textContent = has
    ? "Press Recommend and Segue suggests songs that go on from your playlist, each with its reasons."
    : "Put a few songs on the playlist first. Segue then suggests what could come next, each with its reasons.";
  const notes = [];
  if (asked && playlist && stale()) {
    notes.push("The playlist has changed since. Recommend again for songs that fit it now.");
  }
  if (asked && !items.length) notes.push("No songs were found.");
  notes.push(...(current?.notes ?? []));
  $("#results-notes").replaceChildren(...notes.map((text) => el("li", { text })));
  $("#results-notes").hidden = !notes.length;
}

/** Whether the songs that were given are no longer those of the playlist, what was added from here aside. */
function stale() {
  const { items, playlist, given } = state.recommendations;
  const suggested = new Set(items.map(({ track }) => track.id));
  const now = state.playlist.items.map(({ track }) => track.id).filter((id) => !suggested.has(id));
  return playlist !== state.playlist.id || now.join("\n") !== given.filter((id) => !suggested.has(id)).join("\n");
}

function noteworthy({ recommendations, shortage, ignored, without_features: silent }, count) {
  const notes = [];
  if (shortage && recommendations.length < count) notes.push(SHORTAGE[shortage]);
  if (ignored.length) notes.push(`${plural(ignored.length, "song")} of the playlist the model does not know.`);
  if (silent.length) notes.push(`${plural(silent.length, "song")} without audio features could not be heeded.`);
  return notes;
}

function setBusy(value) {
  busy = value;
  for (const press of document.querySelectorAll("[data-recommend]")) {
    press.setAttribute("aria-disabled", value);
    press.classList.toggle("busy", value);
  }
  $("#recommend-loading").hidden = !value;
  $("#results").classList.toggle("waiting", value);
  if (value) $("#results").scrollIntoView({ block: "start" });
}

export async function recommend() {
  if (busy) return;
  location.hash = state.playlist ? "#recommend" : "#playlist";
  if (!state.playlist?.items.length) {
    announce("Put a few songs on the playlist first.");
    $("#search").focus();
    return;
  }
  setBusy(true);
  $("#recommend-empty").hidden = true;
  try {
    await settled();
    const { id, items } = state.playlist;
    const wishes = request();
    const answer = await call("POST", "/recommendations", {
      body: { ...wishes, playlist: id, reasons: state.model?.reasons ?? false, save: true },
    });
    setBusy(false);
    const recommendations = {
      items: answer.recommendations, playlist: id, given: items.map(({ track }) => track.id),
      notes: noteworthy(answer, wishes.count),
    };
    set("recommendations", recommendations);
    keep("recommendations", recommendations);
    announce(`${plural(answer.recommendations.length, "recommendation")}.`);
    set("historyChanged", answer.history_id);
    $("#results").scrollIntoView({ block: "start" });
  } catch (failure) {
    setBusy(false);
    set("recommendations", state.recommendations);
    problem("No recommendations this time.", failure, recommend);
  }
}

export function start() {
  const rows = new KeyedList($("#recommendations"), (item) => item, row);
  for (const key of ["recommendations", "verdicts", "playlist"]) watch(key, () => show(rows));
  for (const press of document.querySelectorAll("[data-recommend]")) press.addEventListener("click", recommend);
  $("#add-all").addEventListener("click", () => {
    const missing = queue().filter(({ id }) => !holds(id));
    if (missing.length) add(missing);
  });
  set("recommendations", kept("recommendations", null));
}
