// The songs one likes and those never wanted again, both to be taken back.
import { $, button, focusWithin, keepFocus } from "./dom.js";
import { trouble } from "./notices.js";
import { addButton, songRow } from "./songs.js";
import { judge, load as loadVerdicts } from "./verdicts.js";

const PAGE = 100;
/** How many songs of each list are shown. */
const limits = { like: PAGE, never: PAGE };

function fill(feedback, verdict) {
  const tracks = feedback.filter((each) => each.verdict === verdict).map(({ track }) => track);
  const list = $(`#${verdict}-list`);
  const more = $(`#${verdict}-more`);
  const row = (track) => {
    // The list is loaded again once the verdict is saved.
    const back = button("close", `Take back: ${track.name}`, {
      text: "Take back", "data-test": "take-back", onclick: () => judge(track, null),
    });
    return songRow(track, () => tracks, verdict === "like" ? [addButton(track), back] : [back]);
  };
  const show = (from) => {
    list.append(...tracks.slice(from, limits[verdict]).map(row));
    more.hidden = tracks.length <= limits[verdict];
  };
  $(`#${verdict}-empty`).hidden = tracks.length > 0;
  $(`#${verdict}-count`).textContent = tracks.length ? tracks.length.toLocaleString("en-GB") : "";
  list.replaceChildren();
  show(0);
  more.onclick = () => {
    const from = limits[verdict];
    limits[verdict] += PAGE;
    show(from);
    focusWithin(list.children[from]);
  };
}

export async function load() {
  $("#taste-trouble").replaceChildren();
  try {
    const feedback = await loadVerdicts();
    keepFocus($("#taste"), () => {
      fill(feedback, "like");
      fill(feedback, "never");
    });
  } catch (failure) {
    $("#taste-trouble").replaceChildren(trouble("Your likes could not be loaded.", failure, load));
  }
}
