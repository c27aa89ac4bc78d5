// The songs one likes and those never wanted again, both to be taken back.
import { $, button } from "./dom.js";
import { trouble } from "./notices.js";
import { addButton, songRow } from "./songs.js";
import { judge, load as loadVerdicts } from "./verdicts.js";

async function fill(feedback, verdict) {
  const tracks = feedback.filter((each) => each.verdict === verdict).map(({ track }) => track);
  $(`#${verdict}-empty`).hidden = tracks.length > 0;
  $(`#${verdict}-count`).textContent = tracks.length || "";
  $(`#${verdict}-list`).replaceChildren(...tracks.map((track) => {
    const back = button("close", `Take back: ${track.name}`, {
      text: "Take back", "data-test": "take-back", onclick: () => judge(track, null).then(load),
    });
    return songRow(track, () => tracks, verdict === "like" ? [addButton(track), back] : [back]);
  }));
}

export async function load() {
  $("#taste-trouble").replaceChildren();
  try {
    const feedback = await loadVerdicts();
    fill(feedback, "like");
    fill(feedback, "never");
  } catch (failure) {
    $("#taste-trouble").replaceChildren(trouble("Your likes could not be loaded.", failure, load));
  }
}
