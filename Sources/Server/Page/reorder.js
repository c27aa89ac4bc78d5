// Reordering by pointer (mouse, pen, finger) and by arrow keys, both on a row's handle.

const EDGE = 72;

/** Lets the handles in `list` move their rows; `move(row, position)` is called once a row is put down. */
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
    const pitch = rows.length > 1 ? rows[1].offsetTop - rows[0].offsetTop : row.offsetHeight;
    const from = rows.indexOf(row);
    drag = { handle, row, rows, pitch, from, to: from, start: event.clientY + scrolled(), y: event.clientY };
    row.classList.add("lifted");
    list.classList.add("reordering");
    drag.frame = requestAnimationFrame(follow);
  }

  const box = () => scroller();
  const scrolled = () => box().scrollTop;

  /** Every frame: scrolls near the edges and makes room where the row would land. */
  function follow() {
    if (!drag) return;
    const page = box();
    const inPage = page === document.scrollingElement;
    const { top, bottom } = inPage ? { top: 0, bottom: innerHeight } : page.getBoundingClientRect();
    if (drag.y < top + EDGE) page.scrollTop -= 9;
    if (drag.y > bottom - EDGE) page.scrollTop += 9;
    const { rows, from, pitch } = drag;
    const furthest = (rows.length - 1 - from) * pitch;
    const offset = Math.min(furthest, Math.max(-from * pitch, drag.y + scrolled() - drag.start));
    drag.to = from + Math.round(offset / pitch);
    rows.forEach((row, index) => {
      let shift = 0;
      if (index === from) shift = offset;
      else if (index > from && index <= drag.to) shift = -pitch;
      else if (index < from && index >= drag.to) shift = pitch;
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

  list.addEventListener("pointerdown", lift);
  list.addEventListener("pointermove", (event) => drag && (drag.y = event.clientY));
  list.addEventListener("pointerup", () => drop(true));
  list.addEventListener("pointercancel", () => drop(false));
  list.addEventListener("keydown", (event) => {
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
  });
}
