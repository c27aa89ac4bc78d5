// Reordering by pointer (mouse, pen, finger) and by arrow keys, both on a row's handle.

const EDGE = 72;
const SPEED = 9;

/**
 * Lets the handles in `list` move their rows; `move(row, position)` is called once a row is put down. `scroller` gives
 * the element that scrolls the list.
 */
export function reorder(list, scroller, move) {
  let drag = null;

  function lift(event) {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const row = handle.closest("li");
    const rows = [...list.children];
    const places = rows.map(({ offsetTop: top, offsetHeight: height }) => ({ top, height, middle: top + height / 2 }));
    const from = rows.indexOf(row);
    drag = { row, rows, places, from, to: from, start: event.clientY + scroller().scrollTop, y: event.clientY };
    row.classList.add("lifted");
    list.classList.add("reordering");
    drag.frame = requestAnimationFrame(follow);
  }

  function scrollNearEdges() {
    const page = scroller();
    const { top, bottom } = page === document.scrollingElement
      ? { top: 0, bottom: innerHeight } : page.getBoundingClientRect();
    if (drag.y < top + EDGE) page.scrollTop -= SPEED;
    if (drag.y > bottom - EDGE) page.scrollTop += SPEED;
  }

  /** Every frame: the lifted row goes with the pointer, and the others make room where it would land. */
  function follow() {
    if (!drag) return;
    scrollNearEdges();
    const { rows, places, from } = drag;
    const { top, height, middle } = places[from];
    const lowest = places.at(-1).top + places.at(-1).height - height - top;
    const offset = Math.min(lowest, Math.max(places[0].top - top, drag.y + scroller().scrollTop - drag.start));
    const at = middle + offset;
    const passed = (place) => (place.middle < middle ? at > place.middle + height / 2 : at > place.middle - height / 2);
    drag.to = places.filter((place, index) => index !== from && passed(place)).length;
    rows.forEach((row, index) => {
      let shift = 0;
      if (index === from) shift = offset;
      else if (index > from && index <= drag.to) shift = -height;
      else if (index < from && index >= drag.to) shift = height;
      row.style.transform = shift ? `translateY(${shift}px)` : "";
    });
    drag.frame = requestAnimationFrame(follow);
  }

  function drop(commit) {
    if (!drag) return;
    const { row, rows, from, to, frame } = drag;
    cancelAnimationFrame(frame);
    drag = null;
    for (const each of rows) each.style.transform = "";
    row.classList.remove("lifted");
    list.classList.remove("reordering");
    if (commit && to !== from) move(row, to);
  }

  function keys(event) {
    if (event.key === "Escape" && drag) {
      drop(false);
      return;
    }
    const row = event.target.closest("[data-handle]")?.closest("li");
    if (!row) return;
    const at = [...list.children].indexOf(row);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: list.children.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to < list.children.length) move(row, to);
  }

  list.addEventListener("pointerdown", lift);
  list.addEventListener("pointermove", (event) => drag && (drag.y = event.clientY));
  list.addEventListener("pointerup", () => drop(true));
  list.addEventListener("pointercancel", () => drop(false));
  list.addEventListener("keydown", keys);
}
