// Likes and "never again": shown at once, taken back when the server refuses.
import { announce, problem, tell } from "./notices.js";
import { call, part } from "./server.js";
import { set, state } from "./state.js";

/** As many as the server gives at once. */
const PAGE = 1000;

function note(id, verdict) {
  const verdicts = new Map(state.verdicts);
  if (verdict) verdicts.set(id, verdict);
  else verdicts.delete(id);
  set("verdicts", verdicts);
}

/** Gives a verdict, or withdraws it with null. */
export async function judge(track, verdict) {
  const before = state.verdicts.get(track.id) ?? null;
  note(track.id, verdict);
  const unsay = verdict === "never"
    ? tell(`${track.name} will not be recommended again.`, () => judge(track, before))
    : announce(verdict ? `${track.name} liked.` : `Taken back for ${track.name}.`);
  try {
    if (verdict) await call("PUT", `/feedback/${part(track.id)}`, { body: { verdict } });
    else await call("DELETE", `/feedback/${part(track.id)}`);
    set("verdictsSaved", verdict);
  } catch (failure) {
    note(track.id, before);
    unsay?.();
    problem(`Your opinion of ${track.name} was not saved.`, failure, () => judge(track, verdict));
  }
}

export async function load() {
  const feedback = [];
  let page;
  do {
    ({ feedback: page } = await call("GET", "/feedback", { query: { limit: PAGE, offset: feedback.length } }));
    feedback.push(...page);
  } while (page.length === PAGE);
  set("verdicts", new Map(feedback.map(({ track, verdict }) => [track.id, verdict])));
  return feedback;
}
