// Several playlists: switching, making, renaming, deleting with undo, files in and out.
import { ask } from "./dialogs.js";
import { $, el, icon } from "./dom.js";
import { menu } from "./menus.js";
import { announce, problem, tell } from "./notices.js";
import { adopt, load, open, settled, updateSummary } from "./playlist.js";
import { call, part } from "./server.js";
import { set, state } from "./state.js";
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
    await settled();
    adopt(await call("POST", "/playlists", { body: { name, tracks } }));
  } catch (failure) {
    problem(`“${name}” could not be made.`, failure, () => make(name, tracks));
  }
}

async function rename(name) {
  const before = state.playlist.name;
  await settled();
  set("playlist", { ...state.playlist, name });
  if (!state.playlist.id) return;
  try {
    const playlist = await call("PATCH", `/playlists/${part(state.playlist.id)}`, { body: { name } });
    updateSummary(playlist);
  } catch (failure) {
    set("playlist", { ...state.playlist, name: before });
    problem("The new name was not saved.", failure, () => rename(name));
  }
}

async function remove() {
  await settled();
  const { id, name, items } = state.playlist;
  const tracks = items.map(({ track }) => track.id);
  try {
    await call("DELETE", `/playlists/${part(id)}`);
    await load();
    tell(`“${name}” deleted.`, () => make(name, tracks));
  } catch (failure) {
    problem(`“${name}” was not deleted.`, failure, remove);
  }
}

export async function importFile(file) {
  if (!file) return;
  const name = file.name.replace(/\.[^.]*$/, "");
  try {
    await settled();
    const { playlists, unmatched } = await call("POST", "/playlists/import", { query: { name }, file });
    for (const playlist of playlists.toReversed()) adopt(playlist);
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
  $("#delete-playlist").addEventListener("click", () => state.playlist.id && remove());
  const input = $("#import-file");
  for (const trigger of document.querySelectorAll("[data-import]")) {
    trigger.addEventListener("click", () => input.click());
  }
  input.addEventListener("change", () => {
    importFile(input.files[0]);
    input.value = "";
  });
}
