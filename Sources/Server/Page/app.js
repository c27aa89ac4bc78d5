// Puts the page together: starts its parts, shows the view that the address names, and listens to the shortcuts.
import * as account from "./account.js";
import * as browse from "./browse.js";
import * as history from "./history.js";
import { $, keepIcons } from "./dom.js";
import { menu } from "./menus.js";
import { trouble, undoLast, watchConnection, watchNotices } from "./notices.js";
import { player } from "./player.js";
import * as playlist from "./playlist.js";
import * as playlistView from "./playlist-view.js";
import * as playlists from "./playlists.js";
import * as recommend from "./recommend.js";
import * as search from "./search.js";
import { call } from "./server.js";
import { keep, kept, set, watch } from "./state.js";
import * as taste from "./taste.js";
import * as tutorial from "./tutorial.js";
import * as verdicts from "./verdicts.js";
import * as wishes from "./wishes.js";

const VIEWS = { playlist: null, recommend: null, browse: browse.load, history: history.load, taste: taste.load };

const wide = matchMedia("(min-width: 60em)");

function showView() {
  const asked = location.hash.slice(1);
  const chosen = asked in VIEWS ? asked : kept("view", "playlist");
  // Where the playlist is always in sight, it is no view of its own.
  const name = wide.matches && chosen === "playlist" ? "recommend" : chosen;
  document.body.dataset.view = name;
  keep("view", chosen);
  for (const anchor of document.querySelectorAll("#views a")) {
    if (anchor.hash === `#${name}`) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  VIEWS[name]?.();
}

/** Phones show one view at a time, so a new one begins at its top. */
function changeView() {
  showView();
  document.scrollingElement.scrollTop = 0;
}

function shortcuts(event) {
  if (event.defaultPrevented || event.altKey) return;
  const inField = event.target.closest("input, textarea, select, [contenteditable]");
  const inDialog = event.target.closest("dialog");
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !inField) {
    undoLast();
  } else if (event.ctrlKey || event.metaKey) {
    return;
  } else if (event.key === "/" && !inField && !inDialog) {
    $("#search").focus();
    $("#search").select();
  } else if (event.key === " " && !inField && !event.target.closest("button, a, summary, dialog") && player.track) {
    player.toggle();
  } else return;
  event.preventDefault();
}

function showTheme() {
  const chosen = kept("theme", "system");
  for (const input of document.querySelectorAll("[name=theme]")) {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => {
      keep("theme", input.value);
      dispatchEvent(new Event("segue:theme"));
    });
  }
}

function describe(model) {
  for (const badge of document.querySelectorAll("[data-synthetic]")) badge.hidden = !model.synthetic;
  wishes.showSliders(model);
}

/** What the server knows; tried again for as long as it takes to start. */
async function loadAll() {
  $("#playlist-trouble").replaceChildren();
  $("#playlist-loading").hidden = false;
  try {
    const [model] = await Promise.all([call("GET", "/model"), account.load(), playlist.load(), verdicts.load()]);
    set("model", model);
  } catch (failure) {
    $("#playlist-loading").hidden = true;
    $("#playlist-trouble").replaceChildren(trouble("Segue could not be loaded.", failure, loadAll));
  }
}

watch("model", describe);
watch("verdictsSaved", () => document.body.dataset.view === "taste" && taste.load());
watch("historyChanged", () => document.body.dataset.view === "history" && history.load());

for (const part of [account, history, playlistView, playlists, recommend, search, wishes]) part.start();
player.restore();
player.listen();
menu($("#menu"), $("#menu-panel"));
showTheme();
watchConnection();
watchNotices();
showView();
addEventListener("hashchange", changeView);
wide.addEventListener("change", showView);
addEventListener("keydown", shortcuts);
document.addEventListener("visibilitychange", () => document.hidden || playlist.refresh());
tutorial.start();
loadAll();
keepIcons().catch(() => {}); // The file stays.
$("#unstarted").remove();
