// Audio features in musical words and human units.

const KEYS = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const SHARP_MINORS = { 1: "C♯", 3: "E♭", 6: "F♯", 8: "G♯", 10: "B♭" };

const percent = (value) => `${Math.round(value * 100)} %`;
const signed = (value, digits = 0) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
const points = (value) => `${signed(value * 100)} %`;
const share = { low: 0, high: 1, span: 0.5, step: 0.05, format: percent, difference: points };

/** Each number: its name, the words for less and more, five levels, the scale of its bar, how far a slider goes. */
export const FEATURES = {
  energy: {
    ...share, name: "Energy", less: "calmer", more: "livelier",
    levels: ["very calm", "calm", "moderate", "lively", "very lively"],
  },
  valence: {
    ...share, name: "Mood", less: "darker", more: "brighter",
    levels: ["sombre", "wistful", "even", "bright", "joyful"],
  },
  tempo: {
    name: "Tempo", less: "slower", more: "faster", low: 50, high: 200, span: 60, step: 5,
    levels: ["very slow", "slow", "medium", "fast", "very fast"],
    format: (value) => `${Math.round(value)} BPM`, difference: (value) => `${signed(value)} BPM`,
  },
  danceability: {
    ...share, name: "Danceability", less: "less to dance to", more: "more to dance to",
    levels: ["free in time", "loose", "steady", "danceable", "made to dance to"],
  },
  acousticness: {
    ...share, name: "Acoustic", less: "more electric", more: "more acoustic",
    levels: ["electric", "mostly electric", "mixed", "mostly acoustic", "acoustic"],
  },
  instrumentalness: {
    ...share, name: "Instrumental", less: "more singing", more: "less singing",
    levels: ["sung", "mostly sung", "some singing", "hardly sung", "instrumental"],
  },
  loudness: {
    name: "Loudness", less: "softer", more: "louder", low: -40, high: 0, span: 12, step: 1,
    levels: ["very soft", "soft", "moderate", "loud", "very loud"],
    format: (value) => `${value.toFixed(1).replace("-", "−")} dB`, difference: (value) => `${signed(value)} dB`,
  },
  speechiness: {
    ...share, name: "Speech", less: "fewer words", more: "more spoken",
    levels: ["no speech", "a little speech", "half spoken", "mostly spoken", "spoken"],
  },
  liveness: {
    ...share, name: "Live", less: "more studio", more: "more live",
    levels: ["studio", "mostly studio", "perhaps live", "probably live", "live"],
  },
  duration_ms: {
    name: "Length", less: "shorter", more: "longer", low: 0, high: 480_000, span: 120_000, step: 10_000,
    levels: ["very short", "short", "medium", "long", "very long"],
    format: (value) => clock(value / 1000), difference: (value) => `${signed(value / 1000)} s`,
  },
};

/** Minutes and seconds. */
export function clock(seconds) {
  if (!Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function level(feature, value) {
  const { low, high, levels } = FEATURES[feature];
  return levels[Math.min(4, Math.max(0, Math.floor(((value - low) / (high - low)) * 5)))];
}

/** Where a value lies on the feature's scale, 0…1. */
export function position(feature, value) {
  const { low, high } = FEATURES[feature];
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

export function keyName({ key, mode }) {
  if (key === undefined || key === null || key < 0) return null;
  const pitch = Math.round(key) % 12;
  if (mode === undefined || mode === null) return KEYS[pitch];
  return mode ? `${KEYS[pitch]} major` : `${SHARP_MINORS[pitch] ?? KEYS[pitch]} minor`;
}

export const duration = (track) => track.duration_ms ?? track.features.duration_ms;

/** Tempo, key and length of a song, those that are known. */
export function summary(track) {
  const { tempo } = track.features;
  const length = duration(track);
  return [
    tempo > 0 ? FEATURES.tempo.format(tempo) : null,
    keyName(track.features),
    length > 0 ? clock(length / 1000) : null,
  ].filter(Boolean);
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}

export function longTime(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The heading of a day: today, yesterday, or its date. */
export function day(date) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const ago = Math.round((midnight - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const sameYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleDateString("en-GB", {
    weekday: "long", day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }),
  });
}

export const timeOfDay = (date) => date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
