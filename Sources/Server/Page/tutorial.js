// The tutorial of the first visit: five steps in a dialog, each with a small picture; again from the menu.
import { art } from "./art.js";
import { dialog } from "./dialogs.js";
import { $, el, icon } from "./dom.js";
import { keep, kept } from "./state.js";

/** Three made-up songs for the pictures. */
const SONGS = [
  { id: "a", features: { key: 9, mode: 1, energy: 0.8, valence: 0.8, danceability: 0.8, tempo: 124 } },
  { id: "bb", features: { key: 4, mode: 0, energy: 0.7, valence: 0.4, danceability: 0.4, tempo: 138 } },
  { id: "ccc", features: { key: 2, mode: 1, energy: 0.2, valence: 0.6, acousticness: 0.8, tempo: 80 } },
  { id: "dddd", features: { key: 11, mode: 0, energy: 0.4, valence: 0.3, instrumentalness: 0.9, tempo: 96 } },
];

const fake = (track, ...more) => el("div", { class: "fake-row" }, art(track), el("i"), ...more);

const STEPS = [
  {
    title: "Songs that go on",
    text: "Segue listens to the order of your playlist and suggests what could come next. Five short steps show how.",
    picture: () => el("div", { class: "fake-covers" }, SONGS.map(art)),
  },
  {
    title: "Find songs you like",
    text: "Type a title or an artist. Enter, or a tap, adds the song. Press / anywhere to search. You can also browse "
      + "from A to Z, or import a playlist from a file.",
    picture: () => el("div", {}, el("div", { class: "fake-search" }, icon("search"), el("i")),
      fake(SONGS[0], icon("check")), fake(SONGS[1], icon("add"))),
  },
  {
    title: "Put them in order",
    text: "Drag a song by its handle, or use the arrow keys on it. The order matters: Segue reads it from top to "
      + "bottom.",
    picture: () => el("div", {}, [SONGS[2], SONGS[0], SONGS[3]].map((song) => fake(song, icon("grip")))),
  },
  {
    title: "Recommend, and steer",
    text: "Choose how many songs and, if you like, how they should sound: livelier, darker, slower. Each comes with "
      + "its reasons: which of your songs led to it, and how it sounds.",
    picture: () => el("div", { class: "fake-steer" }, el("b"), el("b"), el("b")),
  },
  {
    title: "Listen and decide",
    text: "Play a preview, add what fits, and say “never again” to what does not. Your history keeps every suggestion "
      + "by day. Where no recording is at hand, you hear a sketch made from the song's features.",
    picture: () => el("div", {}, fake(SONGS[1], icon("heart-full"), icon("add")),
      fake(SONGS[3], icon("heart"), icon("never"))),
  },
];

export function open() {
  const { box, body } = dialog("Welcome to Segue", { class: "tutorial", "data-test": "tutorial" });
  let step = 0;
  const picture = el("div", { class: "tutorial-picture", "aria-hidden": "true" });
  const title = el("h3", { id: "tutorial-title", tabindex: -1 });
  const text = el("p", { id: "tutorial-text" });
  const count = el("p", { class: "quiet", "data-test": "tutorial-step" });
  const skip = el("button", {
    type: "button", class: "button", text: "Skip", "data-test": "tutorial-skip", onclick: () => box.close(),
  });
  const back = el("button", {
    type: "button", class: "button", text: "Back", "data-test": "tutorial-back", onclick: () => show(step - 1),
  });
  const next = el("button", {
    type: "button", class: "button main", "data-test": "tutorial-next",
    onclick: () => (step === STEPS.length - 1 ? box.close() : show(step + 1)),
  });
  function show(index) {
    step = index;
    picture.replaceChildren(STEPS[index].picture());
    title.textContent = STEPS[index].title;
    text.textContent = STEPS[index].text;
    count.textContent = `${index + 1} of ${STEPS.length}`;
    const last = index === STEPS.length - 1;
    skip.hidden = last;
    back.hidden = index === 0;
    next.textContent = last ? "Start" : "Next";
    title.focus();
  }
  box.addEventListener("close", () => {
    keep("tutorial", "seen");
    if (location.search) history.replaceState(null, "", `/${location.hash}`);
    // On a touch screen the focus would raise the keyboard over the page that is to be seen first.
    if (matchMedia("(pointer: fine)").matches) $("#search").focus();
  });
  body.append(picture, title, text, el("div", { class: "answers" }, count, skip, back, next));
  show(0);
}

export function start() {
  $("#tour").addEventListener("click", open);
  if (location.search === "?tutorial" || !kept("tutorial", null)) open();
}
