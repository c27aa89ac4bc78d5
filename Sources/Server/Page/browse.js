// Every song of the catalogue by title or by artist, and every artist, from A to Z.
import { $, button, el, focusIsIn, focusIsLost, focusWithin, icon, keepFocus } from "./dom.js";
import { trouble } from "./notices.js";
import { call, isAbort } from "./server.js";
import { songActions, songRow } from "./songs.js";
import { keep, kept } from "./state.js";
import { plural } from "./words.js";

const PAGE = 50;
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const WAYS = { title: "Titles", artist: "Songs by artist", artists: "Artists" };

const place = { way: "title", prefix: "", artist: null, ...kept("browse", {}) };
let shown = [];
let running = new AbortController();

function go(change) {
  Object.assign(place, change);
  keep("browse", place);
  load();
}

function controls() {
  $("#browse-ways").replaceChildren(...Object.entries(WAYS).map(([way, text]) => el("button", {
    type: "button", text, "aria-pressed": !place.artist && place.way === way, "data-test": `browse-${way}`,
    onclick: () => go({ way, artist: null }),
  })));
  $("#letters").hidden = Boolean(place.artist);
  $("#letters").replaceChildren(...["", ...LETTERS].map((letter) => el("button", {
    type: "button", text: letter || "All", "aria-pressed": place.prefix === letter, "data-test": "letter",
    onclick: () => go({ prefix: letter }),
  })));
  $("#browse-artist").hidden = !place.artist;
  $("#browse-artist").replaceChildren(
    button("previous", "Back to all artists", {
      text: "All artists", "data-test": "all-artists", onclick: () => go({ artist: null, way: "artists" }),
    }),
    el("h3", { text: place.artist ?? "" }),
  );
}

function artistRow({ name, tracks }) {
  return el("li", {}, el(
    "button",
    { type: "button", class: "artist-row", "data-test": "artist", onclick: () => go({ artist: name }) },
    el("span", { class: "grow", text: name }),
    el("span", { class: "quiet", text: plural(tracks, "song") }),
    icon("down"),
  ));
}

/** What stands for a control that went away: where one is now. */
const here = () => $(place.artist ? "#browse-artist h3" : "#browse-ways [aria-pressed=true]");

async function page(offset) {
  const asked = focusIsIn("#browse-more", "#browse-trouble");
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const artists = place.way === "artists" && !place.artist;
  const query = { limit: PAGE, offset, prefix: place.artist ? "" : place.prefix };
  $("#browse-more").hidden = true;
  $("#browse-trouble").replaceChildren();
  $("#browse-loading").hidden = false;
  try {
    const answer = artists
      ? await call("GET", "/artists", { query, signal })
      : await call("GET", "/tracks", { query: { ...query, sort: place.way === "artist" ? "artist" : "title",
        artist: place.artist }, signal });
    const items = answer.artists ?? answer.tracks;
    if (!offset) shown = [];
    const list = shown;
    list.push(...items);
    keepFocus($("#browse"), () => {
      if (!offset) $("#browse-list").replaceChildren();
      $("#browse-list").append(...items.map((item) => (artists ? artistRow(item)
        : songRow(item, () => list, songActions(item)))));
    }, here);
    $("#browse-total").textContent = plural(answer.total, artists ? "artist" : "song");
    $("#browse-more").hidden = shown.length >= answer.total || !items.length;
    $("#browse-more").onclick = () => page(shown.length);
    $("#browse-empty").hidden = shown.length > 0;
    $("#browse-loading").hidden = true;
    if (asked && items.length && focusIsLost()) focusWithin($("#browse-list").children[offset]);
  } catch (failure) {
    if (isAbort(failure)) return;
    $("#browse-loading").hidden = true;
    $("#browse-trouble").replaceChildren(trouble("The songs could not be loaded.", failure, () => page(offset)));
  }
}

export function load() {
  keepFocus($("#browse"), controls, here);
  return page(0);
}
