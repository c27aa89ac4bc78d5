// The playlist at hand. Every change shows at once, goes to the server in order, and is taken back when it is refused.
import { announce, problem, tell } from "./notices.js";
import { call, part } from "./server.js";
import { keep, kept, set, state } from "./state.js";
import { plural } from "./words.js";

/** The playlist as the server last gave it; what is shown goes back to it when a change is refused. */
let confirmed = null;
let waiting = [];
let working = null;
let nextKey = 0;
/** The rows by the server's entry numbers, so that a row stays itself through every answer. */
let rows = new Map();

const path = (rest = "") => `/playlists/${part(state.playlist.id)}${rest}`;

function itemOf({ entry, track }) {
  const item = rows.get(entry) ?? { key: nextKey++, entry };
  item.track = track;
  rows.set(entry, item);
  return item;
}

function display(playlist) {
  const { id, name, version } = playlist;
  set("playlist", { id, name, version, items: playlist.tracks.map(itemOf) });
  keep("playlist", id);
}

function displayNone() {
  confirmed = null;
  rows = new Map();
  set("playlist", { id: null, name: "My playlist", version: 0, items: [] });
  keep("playlist", null);
}

export function updateSummary({ id, name, version, track_count, created_at, updated_at }) {
  const others = state.playlists.filter((playlist) => playlist.id !== id);
  set("playlists", [{ id, name, version, track_count, created_at, updated_at }, ...others]);
}

/** Shows what the server answered, unless later changes are still on their way. */
function accept(playlist, added = []) {
  const before = new Set(confirmed?.tracks.map(({ entry }) => entry));
  const fresh = playlist.tracks.filter(({ entry }) => !before.has(entry));
  added.forEach((item, index) => {
    if (!fresh[index]) return;
    item.entry = fresh[index].entry;
    rows.set(item.entry, item);
  });
  confirmed = playlist;
  state.playlist.id = playlist.id;
  updateSummary(playlist);
  if (!waiting.length) display(playlist);
}

async function takeBack(change, failure) {
  waiting = [];
  const stale = failure.status === 409 || failure.status === 404;
  if (stale && state.playlist.id) {
    try {
      confirmed = await call("GET", path());
    } catch {
      // What was confirmed before is the best that is known.
    }
  }
  if (confirmed) display(confirmed);
  else displayNone();
  if (failure.status === 409) {
    problem("This playlist was changed elsewhere. Here is how it is now.", null, change.again);
  } else {
    problem(`${change.name} did not work.`, failure, change.again);
  }
}

async function work() {
  while (waiting.length) {
    const change = waiting[0];
    try {
      const answer = await change.send();
      waiting.shift();
      accept(answer, change.added);
    } catch (failure) {
      await takeBack(change, failure);
    }
  }
  working = null;
}

/**
 * Shows `items` at once and sends the change behind those before it: `name` for messages, `send` to the server, `again`
 * after a failure, and the rows `added`.
 */
function change(items, next) {
  set("playlist", { ...state.playlist, items });
  waiting.push(next);
  working ??= work();
}

/** Resolves when every change has been answered. */
export const settled = () => working ?? Promise.resolve();

export const holds = (id) => state.playlist?.items.some(({ track }) => track.id === id) ?? false;

export function add(tracks, position = state.playlist.items.length) {
  const added = tracks.map((track) => ({ key: nextKey++, entry: null, track }));
  const ids = tracks.map(({ id }) => id);
  const items = state.playlist.items.toSpliced(position, 0, ...added);
  const atEnd = position >= state.playlist.items.length;
  const send = () => state.playlist.id
    ? call("POST", path("/tracks"), { body: atEnd ? { tracks: ids } : { tracks: ids, position } })
    : call("POST", "/playlists", { body: { name: state.playlist.name, tracks: ids } });
  change(items, { name: "Adding", send, again: () => add(tracks, position), added });
  announce(tracks.length === 1
    ? `${tracks[0].name} added. ${plural(items.length, "song")} in the playlist.`
    : `${plural(tracks.length, "song")} added.`);
}

export function remove(item) {
  const { items } = state.playlist;
  const index = items.indexOf(item);
  if (index < 0) return;
  change(items.toSpliced(index, 1), {
    name: "Removing",
    send: () => call("DELETE", path(`/tracks/${item.entry}`)),
    again: () => remove(rows.get(item.entry)),
  });
  tell(`${item.track.name} removed.`, () => add([item.track], index));
}

export function move(item, position) {
  const { items } = state.playlist;
  const from = items.indexOf(item);
  const to = Math.min(items.length - 1, Math.max(0, position));
  if (from < 0 || from === to) return;
  const moved = items.toSpliced(from, 1).toSpliced(to, 0, item);
  const last = waiting.length > 1 ? waiting.at(-1) : null;
  if (last?.moves === item) {
    // Arrow keys held down become one move.
    last.to = to;
    set("playlist", { ...state.playlist, items: moved });
  } else {
    const next = {
      name: "Moving",
      send: () => call("PATCH", path(`/tracks/${item.entry}`), { body: { position: next.to } }),
      again: () => move(rows.get(item.entry), next.to),
      moves: item,
      to,
    };
    change(moved, next);
  }
  announce(`${item.track.name} moved to position ${to + 1} of ${items.length}.`);
}

function replace(tracks, name) {
  const items = tracks.map((track) => ({ key: nextKey++, entry: null, track }));
  const send = () => call("PUT", path("/tracks"), {
    body: { tracks: tracks.map(({ id }) => id), version: confirmed.version },
  });
  change(items, { name, send, again: () => replace(tracks, name), added: items });
}

export function empty() {
  const before = state.playlist.items.map(({ track }) => track);
  replace([], "Emptying the playlist");
  tell(`${plural(before.length, "song")} removed.`, () => replace(before, "Bringing the songs back"));
}

/** Shows a playlist that the server just gave. */
export function adopt(playlist) {
  rows = new Map();
  confirmed = playlist;
  updateSummary(playlist);
  display(playlist);
}

export async function open(id) {
  await settled();
  const playlist = await call("GET", `/playlists/${part(id)}`);
  rows = state.playlist?.id === id ? rows : new Map();
  confirmed = playlist;
  display(playlist);
}

/** Loads the reader's playlists and the one that was open, or the last changed. */
export async function load() {
  const { playlists } = await call("GET", "/playlists");
  set("playlists", playlists);
  const last = kept("playlist", null);
  const chosen = playlists.find(({ id }) => id === last) ?? playlists[0];
  if (chosen) await open(chosen.id);
  else displayNone();
}

/** What another tab or program changed meanwhile. */
export async function refresh() {
  if (!state.playlist?.id || working) return;
  const id = state.playlist.id;
  const playlist = await call("GET", path()).catch(() => null);
  if (!playlist || working || state.playlist.id !== id || playlist.version === state.playlist.version) return;
  confirmed = playlist;
  updateSummary(playlist);
  display(playlist);
}
