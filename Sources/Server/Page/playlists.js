// Several playlists: switching, making, renaming, deleting with undo, files in and out.
import { ask } from "./dialogs.js";
import { $, el, icon } from "./dom.js";
import { menu } from "./menus.js";
import { announce, problem, tell } from "./notices.js";
import { adopt, forget, load, open, rename, settled } from "./playlist.js";
import { call, part } from "./server.js";
import { state } from "./state.js";
import { plural } from "./words.js";

const FORMATS = {
  m3u8: "M3U8, for players",
  jspf: "JSPF, for ListenBrainz",
  xspf: "XSPF, for players",
  csv: "CSV, for tables",
};

async function switchTo(id) {
  try {
    await open(id);
    announce(`${state.playlist.name}, ${plural(state.playlist.items.length, "song")}.`);
  } catch (failure) {
    problem("The playlist could not be opened.", failure, () => switchTo(id));
  }
}

async function make(name, tracks = []) {
  try {
    await adopt(await call("POST", "/playlists", { body: { name, tracks } }));
  } catch (failure) {
    problem(`“${name}” could not be made.`, failure, () => make(name, tracks));
  }
}

async function remove(playlist) {
  const { id, name, items } = playlist;
  try {
    await call("DELETE", `/playlists/${part(id)}`);
  } catch (failure) {
    // An earlier try may have deleted it, and its answer been lost.
    if (failure.status !== 404) {
      problem(`“${name}” was not deleted.`, failure, () => remove(playlist));
      return;
    }
  }
  const next = showNext(id);
  tell(`“${name}” deleted.`, async () => {
    await next;
    await make(name, items.map(({ track }) => track.id));
  });
}

/** Shows another playlist after one was deleted. */
async function showNext(deleted) {
  await forget(deleted);
  if (!state.playlist.id) {
    $("#playlist-empty").hidden = true;
    $("#playlist-loading").hidden = false;
  }
  try {
    await load();
  } catch (failure) {
    await forget(deleted);
    problem("Your other playlists could not be loaded.", failure, () => showNext(deleted));
  }
}

export async function importFile(file) {
  if (!file) return;
  const name = file.name.replace(/\.[^.]*$/, "");
  try {
    const { playlists, unmatched } = await call("POST", "/playlists/import", { query: { name }, file });
    for (const playlist of playlists.toReversed()) await adopt(playlist);
    const songs = playlists.reduce((sum, { track_count }) => sum + track_count, 0);
    const missing = unmatched ? ` ${plural(unmatched, "song is", "songs are")} not in the catalogue.` : "";
    tell(`${plural(songs, "song")} read into ${plural(playlists.length, "playlist")}.${missing}`);
  } catch (failure) {
    problem(`${file.name} could not be read.`, failure, () => importFile(file));
  }
}

function listPlaylists() {
  const { playlists, playlist } = state;
  $("#playlist-choices").replaceChildren(...playlists.map(({ id, name, track_count }) =>
    el("li", {}, el(
      "button",
      {
        type: "button", "data-test": "playlist-choice", "data-id": id,
        "aria-current": id === playlist?.id ? "true" : null,
        onclick: () => switchTo(id),
      },
      el("span", { class: "grow", text: id === playlist?.id ? playlist.name : name }),
      el("span", { class: "quiet", text: track_count }),
      id === playlist?.id ? icon("check") : null,
    ))));
  $("#playlist-choices").hidden = !playlists.length;
}

function listFormats() {
  const { id, items } = state.playlist;
  $("#export-menu").replaceChildren(...(id && items.length
    ? Object.entries(FORMATS).map(([format, text]) => el("a", {
      href: `/api/v1/playlists/${part(id)}/export?format=${format}`, download: true, text,
      "data-test": `export-${format}`,
    }))
    : [el("p", { class: "hint", text: "There is nothing to export yet." })]));
}

async function askForNew() {
  const name = await ask("New playlist", "Name", "Create");
  if (name) make(name);
}

async function askForName() {
  const name = await ask("Rename playlist", "Name", "Rename", state.playlist.name);
  if (name && name !== state.playlist.name) rename(name);
}

export function start() {
  menu($("#playlist-switch"), $("#playlist-menu"), listPlaylists);
  menu($("#export"), $("#export-menu"), listFormats);
  $("#new-playlist").addEventListener("click", askForNew);
  $("#rename").addEventListener("click", askForName);
  $("#delete-playlist").addEventListener("click", async () => {
    await settled();
    if (state.playlist.id) remove(state.playlist);
  });
  const input = $("#import-file");
  for (const trigger of document.querySelectorAll("[data-import]")) {
    trigger.addEventListener("click", () => input.click());
  }
  input.addEventListener("change", () => {
    importFile(input.files[0]);
    input.value = "";
  });
}
