// What the page knows, who is told when it changes, and what of it outlives a reload.

export const state = {
  model: null,
  user: null,
  playlists: [],
  /** The playlist at hand: `{id, name, version, items: [{key, entry, track}]}`; `id` is null before its first song. */
  playlist: null,
  /** Track id to `like` or `never`. */
  verdicts: new Map(),
  recommendations: null,
};

const watchers = new Map();

export function watch(key, listener) {
  watchers.set(key, [...(watchers.get(key) ?? []), listener]);
}

export function set(key, value) {
  state[key] = value;
  for (const listener of watchers.get(key) ?? []) listener(value);
}

/** A value kept in this browser; the fallback where there is none or storage is closed. */
export function kept(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`segue.${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`segue.${name}`);
    else localStorage.setItem(`segue.${name}`, JSON.stringify(value));
  } catch {
    // Full or closed storage costs the memory of a reload, nothing else.
  }
}

export function forgetAll() {
  for (const name of ["playlist", "recommendations", "wishes"]) keep(name, null);
}
