// Why a song was recommended: the songs that pulled it, and how it sounds beside what was expected.
import { el } from "./dom.js";
import { FEATURES, keyName, level, position } from "./words.js";

const percent = (share) => `${Math.round(share * 100)} %`;

const short = (name) => (name.length > 28 ? `${name.slice(0, 26).trimEnd()}…` : name);

/** "Because of A 43 %, B 21 %" */
export function because({ seeds }) {
  const strongest = seeds.slice(0, 2).filter(({ share }) => share >= 0.005);
  if (!strongest.length) return "Because of how the playlist sounds";
  return `Because of ${strongest.map(({ name, share }) => `${short(name)} ${percent(share)}`).join(", ")}`;
}

function seed({ name, artist, share }) {
  const fill = el("span", { class: "fill" });
  fill.style.width = `${share * 100}%`;
  return el(
    "li", {},
    el("span", { class: "seed-name" }, el("b", { text: name }), ` ${artist}`),
    el("span", { class: "bar", "aria-hidden": "true" }, fill),
    el("span", { class: "number", text: percent(share) }),
  );
}

function verdict(feature, predicted, actual) {
  const { span, less, more } = FEATURES[feature];
  const difference = actual - predicted;
  if (Math.abs(difference) < span * 0.2) return "as expected";
  return `${difference < 0 ? less : more} than expected`;
}

function feature(name, { predicted, actual }) {
  const { name: title, format } = FEATURES[name];
  const bar = el("span", { class: "bar compared", "aria-hidden": "true" });
  const mark = (kind, value) => {
    const element = el("span", { class: kind });
    element.style.setProperty("--at", position(name, value));
    bar.append(element);
  };
  if (actual !== null) {
    mark("fill", actual);
    bar.lastElementChild.style.width = `${position(name, actual) * 100}%`;
  }
  mark("expected", predicted);
  const words = actual === null
    ? `expected ${level(name, predicted)}; not known of this song`
    : `${level(name, actual)}, ${verdict(name, predicted, actual)}`;
  const numbers = actual === null ? format(predicted) : `${format(actual)} (expected ${format(predicted)})`;
  return el(
    "div", { class: "compared-row" },
    el("dt", { text: title }),
    el("dd", {}, bar, el("span", { class: "words", text: words }), el("span", { class: "quiet", text: numbers })),
  );
}

function keys(features) {
  if (!features.key) return null;
  const of = (which) => keyName({ key: features.key[which], mode: features.mode?.[which] });
  const actual = of("actual");
  const expected = of("predicted");
  return el("p", {
    class: "hint", text: actual ? `In ${actual}; ${expected} was expected.` : `${expected} was expected.`,
  });
}

export function why({ seeds, features }) {
  const numbers = Object.keys(FEATURES).filter((name) => Number.isFinite(features[name]?.predicted));
  return el(
    "div", { class: "why" },
    seeds.length ? el("section", {},
      el("h3", { text: "Songs of yours that led here" }),
      el("ol", { class: "seeds" }, seeds.slice(0, 5).map(seed))) : null,
    el("section", {},
      el("h3", { text: "How it sounds" }),
      el("p", { class: "hint legend" }, el("span", { class: "key-fill", "aria-hidden": "true" }), "this song ",
        el("span", { class: "key-expected", "aria-hidden": "true" }), "what Segue expected next"),
      el("dl", { class: "compared-list" }, numbers.map((name) => feature(name, features[name]))),
      keys(features)),
  );
}
