// What was recommended, by day, each to be brought back as a playlist.
import { art } from "./art.js";
import { confirm } from "./dialogs.js";
import { $, button, el, focusIsIn, focusIsLost, focusWithin, icon, keepFocus } from "./dom.js";
import { problem, tell, trouble } from "./notices.js";
import { adopt } from "./playlist.js";
import { call } from "./server.js";
import { songActions, songRow } from "./songs.js";
import { state } from "./state.js";
import { day, plural, timeOfDay } from "./words.js";

const PAGE = 20;
const COVERS = 6;
let loading = false;

async function restore(entry) {
  try {
    await adopt(await call("POST", `/history/${entry.id}/restore`));
    location.hash = "#playlist";
    tell(`Brought back as “${state.playlist.name}”.`);
  } catch (failure) {
    problem("It could not be brought back.", failure, () => restore(entry));
  }
}

async function forget(entry) {
  if (!await confirm("Forget this?", "These recommendations leave your history for good.", "Forget")) return;
  try {
    await call("DELETE", `/history/${entry.id}`);
    load();
  } catch (failure) {
    problem("It was not forgotten.", failure);
  }
}

async function forgetAll() {
  const text = "All past recommendations are deleted for good.";
  if (!await confirm("Forget the whole history?", text, "Forget all")) return;
  try {
    await call("DELETE", "/history");
    load();
  } catch (failure) {
    problem("The history was not deleted.", failure, forgetAll);
  }
}

function row(entry) {
  const { recommendations, seeds, playlist_name: name } = entry;
  const songs = el("ol", { class: "songs", id: `history-${entry.id}`, hidden: true });
  const toggle = el(
    "button",
    {
      type: "button", class: "because", "aria-expanded": false, "aria-controls": songs.id,
      "data-test": "history-songs",
    },
    el("span", { text: `${plural(recommendations.length, "song")} from ${plural(seeds.length, "song")}` }),
    icon("down"),
  );
  toggle.addEventListener("click", () => {
    songs.hidden = !songs.hidden;
    toggle.setAttribute("aria-expanded", !songs.hidden);
    if (songs.children.length) return;
    songs.append(...recommendations.map((track) => songRow(track, () => recommendations, songActions(track))));
  });
  return el(
    "li",
    { class: "past", "data-test": "history-row", "data-id": entry.id },
    el("div", { class: "covers", "aria-hidden": "true" }, recommendations.slice(0, COVERS).map(art)),
    el("div", { class: "past-text" },
      el("h4", { text: name ?? "Songs without a playlist" }),
      el("time", { datetime: entry.created_at, class: "quiet", text: timeOfDay(new Date(entry.created_at)) }), toggle),
    el("div", { class: "actions" },
      button("bin", `Forget the recommendations for ${name ?? "these songs"}`, {
        "data-test": "forget", onclick: () => forget(entry),
      }),
      button("history", `Bring back ${name ?? "these songs"} as a playlist`, {
        text: "Restore", "data-test": "restore", onclick: () => restore(entry),
      })),
    songs,
  );
}

function append(entries) {
  const days = $("#history-days");
  for (const entry of entries) {
    const heading = day(new Date(entry.created_at));
    let last = days.lastElementChild;
    if (last?.dataset.day !== heading) {
      last = el("section", { "data-day": heading }, el("h3", { text: heading }), el("ol", { class: "past-list" }));
      days.append(last);
    }
    last.lastElementChild.append(row(entry));
  }
}

async function page(before) {
  if (loading) return;
  loading = true;
  const asked = focusIsIn("#history-more", "#history-trouble");
  const count = before === undefined ? 0 : document.querySelectorAll(".past").length;
  $("#history-more").hidden = true;
  $("#history-loading").hidden = false;
  $("#history-trouble").replaceChildren();
  try {
    const { entries, next } = await call("GET", "/history", { query: { limit: PAGE, before } });
    keepFocus($("#history"), () => {
      if (before === undefined) $("#history-days").replaceChildren();
      append(entries);
      $("#history-empty").hidden = $("#history-days").children.length > 0;
      $("#forget-all").hidden = !$("#history-empty").hidden;
    });
    $("#history-more").hidden = next === null;
    $("#history-more").onclick = () => page(next);
    if (asked && entries.length && focusIsLost()) focusWithin(document.querySelectorAll(".past")[count]);
  } catch (failure) {
    $("#history-trouble").replaceChildren(trouble("The history could not be loaded.", failure, () => page(before)));
  } finally {
    loading = false;
    $("#history-loading").hidden = true;
  }
}

export const load = () => page();

export function start() {
  $("#forget-all").addEventListener("click", forgetAll);
}
