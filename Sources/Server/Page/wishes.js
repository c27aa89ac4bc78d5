// What the reader wishes of the recommendations: how many, how they should sound, what to leave out.
import { $, el } from "./dom.js";
import { keep, kept, state } from "./state.js";
import { FEATURES } from "./words.js";

const FIRST = ["energy", "valence", "tempo", "acousticness"];
const DEFAULTS = { count: 10, steering: {}, strength: 1.5, perArtist: "", perAlbum: "", days: "", versions: false };
const MOST = 100;

const wishes = { ...DEFAULTS, ...kept("wishes", {}) };

function changed() {
  keep("wishes", wishes);
  $("#count").value = wishes.count;
  for (const press of document.querySelectorAll("[data-recommend]")) {
    press.lastElementChild.textContent = `Recommend ${wishes.count}`;
  }
  $("#unsteer").disabled = !Object.keys(wishes.steering).length;
  const extra = Object.keys(wishes.steering).filter((feature) => !FIRST.includes(feature)).length
    + ["perArtist", "perAlbum", "days", "versions"].filter((name) => wishes[name]).length;
  $("#more-wishes-count").textContent = extra ? `${extra} set` : "";
}

function setCount(count) {
  wishes.count = Math.min(MOST, Math.max(1, Math.round(Number(count)) || DEFAULTS.count));
  changed();
}

function describe(feature, by) {
  const { less, more, difference } = FEATURES[feature];
  return by ? `${by < 0 ? less : more} (${difference(by)})` : "as it comes";
}

function slider({ feature }) {
  const { name, less, more, span, step } = FEATURES[feature];
  const input = el("input", {
    type: "range", id: `steer-${feature}`, min: -span, max: span, step, value: wishes.steering[feature] ?? 0,
    class: "centred", "data-test": `steer-${feature}`,
  });
  const output = el("output", { for: input.id });
  const show = () => {
    const by = Number(input.value);
    output.textContent = describe(feature, by);
    output.classList.toggle("quiet", !by);
    input.setAttribute("aria-valuetext", describe(feature, by));
    input.style.setProperty("--at", (by + span) / (2 * span));
  };
  input.addEventListener("input", () => {
    const by = Number(input.value);
    if (by) wishes.steering[feature] = by;
    else delete wishes.steering[feature];
    show();
    changed();
  });
  input.addEventListener("unsteer", () => {
    input.value = 0;
    show();
  });
  show();
  return el(
    "div", { class: "steer" },
    el("div", { class: "steer-head" }, el("label", { for: input.id, text: name }), output),
    input,
    el("div", { class: "steer-ends", "aria-hidden": "true" }, el("span", { text: less }), el("span", { text: more })),
  );
}

function bind(id, name, read = (input) => input.value) {
  const input = $(id);
  if (input.type === "checkbox") input.checked = wishes[name];
  else input.value = wishes[name];
  input.addEventListener("change", () => {
    wishes[name] = read(input);
    changed();
  });
}

/** A whole number of at least 1, or nothing. */
function whole(input) {
  const number = Math.floor(Number(input.value));
  input.value = number >= 1 ? number : "";
  return input.value;
}

/** The wishes as the API wants them. */
export function request() {
  const { count, steering, strength, perArtist, perAlbum, days, versions } = wishes;
  const steerable = new Set(state.model?.steerable.map(({ feature }) => feature));
  const moved = Object.entries(steering).filter(([feature]) => steerable.has(feature));
  return {
    count,
    ...(moved.length && {
      steering: Object.fromEntries(moved.map(([feature, by]) => [feature, { by }])),
      steering_strength: Number(strength),
    }),
    ...(perArtist && { max_per_artist: Number(perArtist) }),
    ...(perAlbum && { max_per_album: Number(perAlbum) }),
    ...(days && { exclude_history_days: Number(days) }),
    ...(versions && { versions }),
  };
}

export function start() {
  $("#fewer").addEventListener("click", () => setCount(wishes.count - 1));
  $("#count-more").addEventListener("click", () => setCount(wishes.count + 1));
  $("#count").addEventListener("change", (event) => setCount(event.target.value));
  bind("#per-artist", "perArtist", whole);
  bind("#per-album", "perAlbum", whole);
  bind("#recent-days", "days");
  bind("#strength", "strength");
  bind("#versions", "versions", (input) => input.checked);
  $("#unsteer").addEventListener("click", () => {
    wishes.steering = {};
    document.querySelectorAll(".steer input").forEach((input) => input.dispatchEvent(new Event("unsteer")));
    changed();
  });
  changed();
}

/** The sliders that this model can follow: four at hand, the others below. */
export function showSliders({ steerable }) {
  const known = steerable.filter(({ feature }) => FEATURES[feature]);
  const order = ({ feature }) => Object.keys(FEATURES).indexOf(feature);
  const sorted = known.toSorted((one, other) => order(one) - order(other));
  $("#steer-first").replaceChildren(...sorted.filter(({ feature }) => FIRST.includes(feature)).map(slider));
  $("#steer-rest").replaceChildren(...sorted.filter(({ feature }) => !FIRST.includes(feature)).map(slider));
  $("#steering").hidden = !known.length;
  $("#strength-field").hidden = !known.length;
}
