// The playlist on the page: its rows, its energy from song to song, and what to do where it is empty.
import { $, KeyedList, button, el, keepFocus, svg } from "./dom.js";
import { problem } from "./notices.js";
import { add, empty, move, remove } from "./playlist.js";
import { importFile } from "./playlists.js";
import { reorder } from "./reorder.js";
import { call } from "./server.js";
import { cover, lines } from "./songs.js";
import { state, watch } from "./state.js";
import { FEATURES, duration, longTime, plural, position } from "./words.js";

const queue = () => state.playlist.items.map(({ track }) => track);

function row(item) {
  const { track } = item;
  const handle = button("grip", "", { class: "icon-button handle", "data-handle": true, "data-test": "move" });
  handle.setAttribute("aria-describedby", "move-help");
  return el(
    "li",
    { class: "song", "data-test": "playlist-row", "data-id": track.id },
    handle,
    cover(track, queue),
    lines(track),
    button("close", `Remove ${track.name}`, { "data-test": "remove", onclick: () => remove(item) }),
  );
}

function number(row, { track }, index, count) {
  const handle = $("[data-handle]", row);
  handle.setAttribute("aria-label", `Move ${track.name}, ${index + 1} of ${count}`);
  handle.title = "Drag, or press arrow up or down";
}

/** A line of the songs' energy in their order: how the playlist flows. */
function flow(items) {
  const values = items.map(({ track }) => track.features.energy).filter(Number.isFinite);
  const figure = $("#flow");
  figure.hidden = values.length < 3;
  if (figure.hidden) return;
  const x = (index) => (index / (values.length - 1)) * 400;
  const y = (value) => 46 - position("energy", value) * 40;
  const points = values.map((value, index) => [x(index), y(value)]);
  const curve = points.slice(1).reduce((path, [px, py], index) => {
    const [lastX, lastY] = points[index];
    const middle = (lastX + px) / 2;
    return `${path} C${middle} ${lastY} ${middle} ${py} ${px} ${py}`;
  }, `M${points[0][0]} ${points[0][1]}`);
  const percent = FEATURES.energy.format;
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  $("#flow-text").textContent = `${percent(values[0])} at the start, ${percent(values.at(-1))} at the end`;
  const picture = svg("svg", {
    viewBox: "0 0 400 52", preserveAspectRatio: "none", role: "img",
    "aria-label": `Energy from song to song: between ${percent(lowest)} and ${percent(highest)}`,
  });
  picture.append(
    svg("path", { class: "flow-area", d: `${curve} L400 52 L0 52 Z` }),
    svg("path", { class: "flow-line", d: curve, "vector-effect": "non-scaling-stroke" }),
  );
  $("#flow-picture").replaceChildren(picture);
}

function show(playlist, rows) {
  const { items, name } = playlist;
  rows.show(items);
  $("#playlist-name").textContent = name;
  const known = items.map(({ track }) => duration(track)).filter((length) => length > 0);
  const time = known.length ? `, ${longTime(known.reduce((sum, length) => sum + length, 0))}` : "";
  $("#playlist-facts").textContent = items.length ? `${plural(items.length, "song")}${time}` : "No songs yet";
  $("#playlist-empty").hidden = items.length > 0;
  $("#playlist-loading").hidden = true;
  $("#clear").hidden = items.length < 2;
  $("#songs-count").textContent = items.length || "";
  flow(items);
}

/** Three songs of an artist drawn at random: something to begin with. */
async function drawStart() {
  try {
    const { total } = await call("GET", "/tracks", { query: { limit: 1 } });
    const offset = Math.floor(Math.random() * total);
    const { tracks: [drawn] } = await call("GET", "/tracks", { query: { limit: 1, offset } });
    const { tracks } = await call("GET", "/tracks", { query: { artist: drawn.artist, limit: 3 } });
    add(tracks);
  } catch (failure) {
    problem("No songs could be drawn.", failure, drawStart);
  }
}

function acceptFiles(panel) {
  const files = (event) => [...event.dataTransfer.types].includes("Files");
  panel.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    panel.classList.add("receiving");
  });
  panel.addEventListener("dragleave", () => panel.classList.remove("receiving"));
  panel.addEventListener("drop", (event) => {
    panel.classList.remove("receiving");
    if (!files(event)) return;
    event.preventDefault();
    importFile(event.dataTransfer.files[0]);
  });
}

export function start() {
  const list = $("#songs");
  const panel = $("#playlist");
  const items = new Map();
  const rows = new KeyedList(list, ({ key }) => key, row, (element, item, index, count) => {
    items.set(element, item);
    number(element, item, index, count);
  });
  // Where the columns scroll by themselves the panel does, on a phone the page.
  const scroller = () => (panel.scrollHeight > panel.clientHeight + 1 && getComputedStyle(panel).overflowY === "auto"
    ? panel : document.scrollingElement);
  reorder(list, scroller, (element, position) => move(items.get(element), position));
  watch("playlist", (playlist) => keepFocus(panel, () => show(playlist, rows)));
  $("#clear").addEventListener("click", empty);
  $("#draw").addEventListener("click", drawStart);
  $("#begin-search").addEventListener("click", () => $("#search").focus());
  acceptFiles(panel);
}
