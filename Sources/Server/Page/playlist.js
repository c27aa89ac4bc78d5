// The playlist at hand. Every change shows at once, goes to the server in order, and is taken back when it is refused.
import { announce, problem, tell } from "./notices.js";
import { call, part } from "./server.js";
import { keep, kept, set, state } from "./state.js";
import { plural } from "./words.js";

/** A playlist that its first song will make on the server. */
const UNMADE = { id: null, name: "My playlist", version: 0, tracks: [] };

/** Which playlist is at hand; one that was unmade gets its id here. */
let home = { id: null };
/** The playlist at hand as the server last gave it; what is shown is this with the changes that wait. */
let confirmed = UNMADE;
/**
 * Changes that were not answered yet: `name` for messages, `apply` gives the shown playlist with the change, `send`
 * asks the server for it and gives its playlist, `say` tells the reader; the rows `added`, or the one that it `moves`.
 */
let waiting = [];
/** The changes that were last taken back, the playlist they belong to, and what takes the notice of them away. */
let refused = { place: null, changes: [], withdraw: () => false };
let working = null;
let nextKey = 0;
/** The rows by the server's entry numbers, so that a row stays itself through every answer. */
let rows = new Map();

const path = (rest = "") => `/playlists/${part(home.id)}${rest}`;

/** A row as it is shown now: another playlist may have been at hand since it was pressed. */
const rowOf = (item) => rows.get(item.entry) ?? item;

function itemOf({ entry, track }) {
  const item = rows.get(entry) ?? { key: nextKey++, entry };
  item.track = track;
  rows.set(entry, item);
  return item;
}

function display() {
  const { id, name, version, tracks } = confirmed;
  const base = { id, name, version, items: tracks.map(itemOf) };
  set("playlist", waiting.reduce((shown, change) => change.apply(shown), base));
  keep("playlist", id);
}

function updateSummary({ id, name, version, track_count, created_at, updated_at }) {
  const others = state.playlists.filter((playlist) => playlist.id !== id);
  set("playlists", [{ id, name, version, track_count, created_at, updated_at }, ...others]);
}

function accept(playlist, added = []) {
  const before = new Set(confirmed.tracks.map(({ entry }) => entry));
  const fresh = playlist.tracks.filter(({ entry }) => !before.has(entry));
  added.forEach((item, index) => {
    if (!fresh[index]) return;
    item.entry = fresh[index].entry;
    rows.set(item.entry, item);
  });
  confirmed = playlist;
  home.id = playlist.id;
  if (playlist.id) updateSummary(playlist);
  display();
}

/**
 * Later changes may rest on the one that was refused: all that wait are taken back, and join those of the last notice,
 * to be tried again together.
 */
async function takeBack(failure) {
  for (const { unsay } of waiting) unsay?.();
  const earlier = refused.place === home && refused.withdraw() ? refused.changes : [];
  const changes = [...earlier, ...waiting];
  waiting = [];
  if ([404, 409].includes(failure.status) && home.id) {
    try {
      confirmed = await call("GET", path());
    } catch {
      // What was confirmed before is the best that is known.
    }
  }
  display();
  const place = home;
  const again = here(() => changes.forEach(change));
  const isAtHand = () => home === place;
  const elsewhere = failure.code === "changed";
  const count = plural(changes.length, "change of yours was", "changes of yours were");
  const what = changes.length === 1 ? changes[0].name : plural(changes.length, "change");
  const withdraw = elsewhere
    ? problem(`This playlist was changed elsewhere. Here is how it is now; ${count} taken back.`, null, again)
    : problem(`${what} did not work.`, failure, again, isAtHand);
  refused = { place, changes, withdraw };
}

async function work() {
  while (waiting.length) {
    const [next] = waiting;
    try {
      const answer = await next.send();
      waiting.shift();
      accept(answer, next.added);
    } catch (failure) {
      await takeBack(failure);
    }
  }
  working = null;
}

/** Shows a change at once and sends it behind those before it. */
function change(next) {
  if (!state.playlist) {
    tell("Your playlist is still loading.");
    return;
  }
  waiting.push(next);
  display();
  next.unsay = next.say?.();
  working ??= work();
}

/** `act` for later: it is done in the playlist that is at hand now, which is opened when another is at hand by then. */
function here(act) {
  const place = home;
  return async function goOn() {
    try {
      if (place.id !== home.id) await (place.id ? open(place.id) : show(UNMADE));
    } catch (failure) {
      problem("The playlist could not be opened.", failure, goOn);
      return;
    }
    act();
  };
}

/** Resolves when every change has been answered. */
export const settled = () => working ?? Promise.resolve();

export const holds = (id) => state.playlist?.items.some(({ track }) => track.id === id) ?? false;

/** Adds songs before the one at `position`, or at the end. */
export function add(tracks, position = Infinity) {
  const added = tracks.map((track) => ({ key: nextKey++, entry: null, track }));
  const ids = tracks.map(({ id }) => id);
  const body = position === Infinity ? { tracks: ids } : { tracks: ids, position };
  change({
    name: "Adding",
    added,
    apply: (shown) => ({ ...shown, items: shown.items.toSpliced(position, 0, ...added) }),
    send: () => home.id
      ? call("POST", path("/tracks"), { body })
      : call("POST", "/playlists", { body: { name: confirmed.name, tracks: ids } }),
    say: () => announce(tracks.length === 1
      ? `${tracks[0].name} added. ${plural(state.playlist.items.length, "song")} in the playlist.`
      : `${plural(tracks.length, "song")} added.`),
  });
}

/** Asks for a change of a row, unless the row was removed elsewhere meanwhile. */
function callRow(method, item, options) {
  const isThere = confirmed.tracks.some(({ entry }) => entry === item.entry);
  return isThere ? call(method, path(`/tracks/${item.entry}`), options) : confirmed;
}

export function remove(item) {
  const index = state.playlist.items.indexOf(item);
  if (index < 0) return;
  change({
    name: "Removing",
    apply: (shown) => ({ ...shown, items: shown.items.filter((each) => each !== rowOf(item)) }),
    send: () => callRow("DELETE", item),
    say: () => tell(`${item.track.name} removed.`, here(() => add([item.track], index))),
  });
}

export function move(item, position) {
  const { items } = state.playlist;
  const from = items.indexOf(item);
  const to = Math.min(items.length - 1, Math.max(0, position));
  if (from < 0 || from === to) return;
  const last = waiting.length > 1 ? waiting.at(-1) : null;
  if (last?.moves === item) {
    // Arrow keys held down become one move.
    last.to = to;
    display();
  } else {
    const next = {
      name: "Moving",
      moves: item,
      to,
      apply: (shown) => {
        const row = rowOf(item);
        const others = shown.items.filter((each) => each !== row);
        return others.length === shown.items.length ? shown : { ...shown, items: others.toSpliced(next.to, 0, row) };
      },
      send: () => callRow("PATCH", item, { body: { position: next.to } }),
    };
    change(next);
  }
  announce(`${item.track.name} moved to position ${to + 1} of ${items.length}.`);
}

export function empty() {
  const before = state.playlist.items.map(({ track }) => track);
  change({
    name: "Removing all songs",
    apply: (shown) => ({ ...shown, items: [] }),
    send: () => call("PUT", path("/tracks"), { body: { tracks: [], version: confirmed.version } }),
    say: () => tell(`${plural(before.length, "song")} removed.`, here(() => add(before, 0))),
  });
}

export function rename(name) {
  change({
    name: "Renaming",
    apply: (shown) => ({ ...shown, name }),
    send: () => home.id ? call("PATCH", path(), { body: { name } }) : { ...confirmed, name },
  });
}

/** Shows another playlist once the changes of the one at hand are through. */
async function show(playlist) {
  await settled();
  if (playlist.id !== home.id) {
    home = { id: playlist.id };
    rows = new Map();
  }
  confirmed = playlist;
  display();
}

/** Shows a playlist that the server just made. */
export function adopt(playlist) {
  updateSummary(playlist);
  return show(playlist);
}

export async function open(id) {
  await show(await call("GET", `/playlists/${part(id)}`));
}

/** Loads the reader's playlists and the one that was open, or the last changed. */
export async function load() {
  const { playlists } = await call("GET", "/playlists");
  set("playlists", playlists);
  const last = kept("playlist", null);
  const chosen = playlists.find(({ id }) => id === last) ?? playlists[0];
  await (chosen ? open(chosen.id) : show(UNMADE));
}

/** Shows no more of a playlist that was deleted. */
export async function forget(id) {
  set("playlists", state.playlists.filter((playlist) => playlist.id !== id));
  if (home.id === id) await show(UNMADE);
}

/** What another tab or program changed meanwhile. */
export async function refresh() {
  const { id } = home;
  if (!id || working) return;
  const playlist = await call("GET", path()).catch(() => null);
  if (!playlist || working || home.id !== id || playlist.version <= confirmed.version) return;
  confirmed = playlist;
  updateSummary(playlist);
  display();
}
