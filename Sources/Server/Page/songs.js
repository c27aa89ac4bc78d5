// How a song looks wherever it appears: its cover with a play button, its lines, its buttons, and all about it.
import { art } from "./art.js";
import { dialog } from "./dialogs.js";
import { button, el, icon, setIcon } from "./dom.js";
import { add, holds } from "./playlist.js";
import { player } from "./player.js";
import { state, watch } from "./state.js";
import { judge } from "./verdicts.js";
import { FEATURES, clock, duration, keyName, level, position, summary } from "./words.js";

const SKETCH = "The preview is a sketch – synthesised from the song's features, not the recording.";

const byLine = (track) => `${track.name} by ${track.artist}`;

/** The cover; `queue` gives the songs that go on playing after it. */
export function cover(track, queue) {
  const playable = track.preview !== "none";
  const press = el(
    "button",
    {
      type: "button", class: "cover", "data-test": "play", "data-play": track.id, "data-title": byLine(track),
      disabled: !playable, title: playable ? null : "There is nothing to listen to",
      onclick: () => player.toggle(track, queue()),
    },
    art(track),
  );
  if (playable) press.append(icon("play"));
  showPlaying(press);
  return press;
}

function showPlaying(press) {
  const playing = player.playing && player.track?.id === press.dataset.play;
  press.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${press.dataset.title}`);
  press.classList.toggle("current", player.track?.id === press.dataset.play);
  if (!press.disabled) setIcon(press.lastElementChild, playing ? "pause" : "play");
}

player.addEventListener("change", () => document.querySelectorAll("[data-play]").forEach(showPlaying));

/** Title, artist, and tempo, key and length; the title opens all about the song. */
export function lines(track) {
  return el(
    "div",
    // The whole text is a target for fingers, the title the button for keyboard and screen reader.
    { class: "lines", onclick: () => about(track) },
    el("button", { type: "button", class: "title", text: track.name, "data-test": "details" }),
    el("span", { class: "artist", text: track.artist }),
    el("span", { class: "facts" }, summary(track).map((fact) => el("span", { text: fact }))),
  );
}

const verdictButtons = {
  like: { off: "heart", on: "heart-full", label: (track) => `Like ${track.name}` },
  never: { off: "never", on: "never", label: (track) => `Never recommend ${track.name} again` },
};

function verdictButton(track, verdict) {
  const { off, label } = verdictButtons[verdict];
  const press = button(off, label(track), {
    "data-test": verdict, "data-verdict": verdict, "data-track": track.id,
    onclick: () => judge(track, state.verdicts.get(track.id) === verdict ? null : verdict),
  });
  showVerdict(press);
  return press;
}

function showVerdict(press) {
  const { verdict, track } = press.dataset;
  const given = state.verdicts.get(track) === verdict;
  press.setAttribute("aria-pressed", given);
  setIcon(press, verdictButtons[verdict][given ? "on" : "off"]);
}

watch("verdicts", () => document.querySelectorAll("[data-verdict]").forEach(showVerdict));

export function addButton(track) {
  const press = button("add", `Add ${track.name} to the playlist`, {
    text: "Add", "data-test": "add", "data-add": track.id, "data-name": track.name,
    onclick: () => holds(track.id) || add([track]),
  });
  showAdded(press);
  return press;
}

function showAdded(press) {
  const added = holds(press.dataset.add);
  const { name } = press.dataset;
  press.setAttribute("aria-label", added ? `${name} is in the playlist` : `Add ${name} to the playlist`);
  press.setAttribute("aria-disabled", added);
  setIcon(press, added ? "check" : "add");
  press.lastElementChild.textContent = added ? "Added" : "Add";
}

watch("playlist", () => document.querySelectorAll("[data-add]").forEach(showAdded));

/** Where the whole song is, when the catalogue knows. */
function link(track) {
  if (!track.spotify_url) return null;
  const anchor = el("a", {
    class: "icon-button", href: track.spotify_url, target: "_blank", rel: "noopener noreferrer",
    "aria-label": `Open ${track.name} on Spotify in a new tab`, title: "Open on Spotify", "data-test": "link",
  });
  anchor.append(icon("out"));
  return anchor;
}

/** The usual buttons of a song. */
export function songActions(track) {
  return [link(track), verdictButton(track, "like"), verdictButton(track, "never"), addButton(track)];
}

/** A song in a plain list. */
export function songRow(track, queue, actions) {
  return el(
    "li",
    { class: "song", "data-test": "song", "data-id": track.id },
    cover(track, queue),
    lines(track),
    el("div", { class: "actions" }, actions),
  );
}

function fact(name, text) {
  return text ? el("div", {}, el("dt", { text: name }), el("dd", { text })) : null;
}

function scale(feature, value) {
  const { name, format } = FEATURES[feature];
  const fill = el("span", { class: "fill" });
  fill.style.width = `${position(feature, value) * 100}%`;
  return el(
    "div",
    { class: "scale" },
    el("dt", { text: name }),
    el("dd", {}, el("span", { class: "bar", "aria-hidden": "true" }, fill),
      el("span", { text: `${format(value)}, ${level(feature, value)}` })),
  );
}

/** Everything that is known of a song. */
export function about(track) {
  const { features } = track;
  const { body } = dialog(track.name, { "data-test": "song-dialog" });
  const beats = features.time_signature;
  body.append(
    el("div", { class: "about-head" }, cover(track, () => [track]),
      el("dl", { class: "facts-list" },
        fact("Artist", track.artist), fact("Album", track.album), fact("Year", track.year), fact("Genre", track.genre),
        fact("Length", duration(track) > 0 ? clock(duration(track) / 1000) : null),
        fact("Key", keyName(features)), fact("Beat", beats > 0 ? `${beats} to the bar` : null))),
    el("div", { class: "about-actions" }, songActions(track)),
    el("h3", { text: "How it sounds" }),
    el("dl", { class: "scales" }, Object.keys(FEATURES)
      .filter((feature) => feature !== "duration_ms" && Number.isFinite(features[feature]))
      .map((feature) => scale(feature, features[feature]))),
  );
  if (track.preview === "sketch") body.append(el("p", { class: "hint", text: SKETCH }));
}

