// The player: one audio element, a queue of songs, and the bar at the bottom. It comes back after a reload, paused.
import { art } from "./art.js";
import { $, setIcon } from "./dom.js";
import { problem } from "./notices.js";
import { part } from "./server.js";
import { keep, kept } from "./state.js";
import { clock } from "./words.js";

/** Seconds that forward and back go: few in a sketch, which is over after ten. */
const JUMP = { short: 2, long: 10, shortest: 20 };
const KEPT_SONGS = 200;
const WHAT = {
  sketch: "sketch – synthesised from the song's features, not the recording",
  file: "your own file",
  link: "a preview from the data set",
};

class Player extends EventTarget {
  audio = new Audio();
  queue = [];
  index = -1;
  dragging = false;

  get track() {
    return this.queue[this.index];
  }

  get playing() {
    return Boolean(this.track) && !this.audio.paused;
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  toggle(track, queue) {
    if (track && track.id !== this.track?.id) this.start(queue, queue.findIndex(({ id }) => id === track.id));
    else if (this.playing) this.audio.pause();
    else this.play();
  }

  start(queue, index) {
    this.queue = queue;
    this.put(index);
    this.play();
  }

  put(index, time = 0) {
    this.index = index;
    this.audio.src = `/api/v1/tracks/${part(this.track.id)}/preview`;
    this.audio.currentTime = time;
    this.changed();
    this.describe();
    this.save();
  }

  play() {
    if (!this.track) return;
    // A failure to load is told by the error event; a play that was cut short by another is none.
    this.audio.play().catch(() => this.changed());
  }

  /** The next song that can be listened to, `step` 1 or −1 away. */
  skip(step) {
    // As everywhere, "previous" well into a song goes back to its start.
    if (step < 0 && this.audio.currentTime > 3) return this.seek(0);
    let index = this.index + step;
    while (this.queue[index]?.preview === "none") index += step;
    if (this.queue[index]) this.start(this.queue, index);
    return undefined;
  }

  get stride() {
    return this.audio.duration < JUMP.shortest ? JUMP.short : JUMP.long;
  }

  /** `direction` is 1 for forward, −1 for back. */
  jump(direction) {
    this.seek(this.audio.currentTime + direction * this.stride);
  }

  seek(time) {
    if (!this.track) return;
    this.audio.currentTime = Math.min(Math.max(0, time), this.audio.duration || 0);
    this.showPosition();
  }

  save() {
    if (!this.track) return;
    const from = Math.max(0, this.index - KEPT_SONGS / 2);
    keep("player", {
      queue: this.queue.slice(from, from + KEPT_SONGS), index: this.index - from, time: this.audio.currentTime,
    });
  }

  restore() {
    const { volume, muted } = kept("volume", { volume: 0.8, muted: false });
    Object.assign(this.audio, { volume, muted });
    const { queue, index, time } = kept("player", { queue: [], index: -1, time: 0 });
    if (!queue[index]) return;
    this.queue = queue;
    this.put(index, time);
  }

  /** Stops, and leaves nothing for a reload to bring back. */
  forget() {
    this.queue = [];
    this.index = -1;
    this.audio.pause();
    keep("player", null);
  }

  describe() {
    const { name, artist, preview } = this.track;
    document.body.classList.add("has-song");
    $("#player-title").textContent = name;
    $("#player-artist").textContent = artist;
    $("#player-what").textContent = WHAT[preview] ?? "";
    $("#player-what").classList.toggle("sketch", preview === "sketch");
    $("#player-art").replaceChildren(art(this.track));
    if (!navigator.mediaSession) return;
    navigator.mediaSession.metadata = new MediaMetadata({ title: name, artist });
  }

  showStride() {
    for (const [id, word] of [["rewind", "Back"], ["forward", "Forward"]]) {
      const press = $(`#${id}`);
      press.title = `${word} ${this.stride} seconds`;
      press.setAttribute("aria-label", press.title);
    }
  }

  showPosition() {
    const { currentTime, duration } = this.audio;
    const length = Number.isFinite(duration) ? duration : 0;
    const seek = $("#seek");
    seek.max = Math.max(1, length);
    if (!this.dragging) seek.value = currentTime;
    const played = length ? seek.value / length : 0;
    seek.style.setProperty("--at", played);
    $("#player").style.setProperty("--played", played);
    seek.setAttribute("aria-valuetext", `${clock(currentTime)} of ${clock(length)}`);
    $("#position").textContent = clock(currentTime);
    $("#length").textContent = length ? clock(length) : "–:––";
  }

  showState() {
    const label = this.playing ? "Pause" : "Play";
    const press = $("#play");
    press.setAttribute("aria-label", label);
    press.title = `${label} (space)`;
    setIcon(press, this.playing ? "pause" : "play");
    for (const control of document.querySelectorAll("#player [data-needs-song]")) control.disabled = !this.track;
    $("#previous").disabled = !this.track;
    $("#next").disabled = !this.queue.slice(this.index + 1).some(({ preview }) => preview !== "none");
  }

  showVolume() {
    const { volume, muted } = this.audio;
    const slider = $("#volume");
    slider.value = muted ? 0 : volume;
    slider.style.setProperty("--at", slider.value);
    slider.setAttribute("aria-valuetext", `${Math.round(slider.value * 100)} %`);
    $("#mute").setAttribute("aria-pressed", muted);
    setIcon($("#mute"), muted || volume === 0 ? "muted" : "volume");
    keep("volume", { volume, muted });
  }

  failed() {
    if (!this.track) return;
    const { track, queue, index } = this;
    this.changed();
    problem(`${track.name} cannot be played just now.`, null, () => this.start(queue, index));
  }

  listen() {
    const { audio } = this;
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => this.changed());
    for (const name of ["timeupdate", "durationchange", "seeked"]) {
      audio.addEventListener(name, () => this.showPosition());
    }
    audio.addEventListener("durationchange", () => this.showStride());
    audio.addEventListener("ended", () => this.skip(1));
    audio.addEventListener("error", () => this.failed());
    audio.addEventListener("volumechange", () => this.showVolume());
    audio.addEventListener("pause", () => this.save());
    addEventListener("pagehide", () => this.save());
    this.addEventListener("change", () => this.showState());
    $("#play").addEventListener("click", () => this.toggle());
    $("#next").addEventListener("click", () => this.skip(1));
    $("#previous").addEventListener("click", () => this.skip(-1));
    $("#rewind").addEventListener("click", () => this.jump(-1));
    $("#forward").addEventListener("click", () => this.jump(1));
    $("#mute").addEventListener("click", () => (audio.muted = !audio.muted));
    $("#volume").addEventListener("input", ({ target }) => {
      Object.assign(audio, { volume: target.value, muted: false });
    });
    $("#seek").addEventListener("input", (event) => {
      this.dragging = true;
      $("#position").textContent = clock(Number(event.target.value));
      event.target.style.setProperty("--at", event.target.value / event.target.max);
    });
    $("#seek").addEventListener("change", (event) => {
      this.dragging = false;
      this.seek(Number(event.target.value));
    });
    $("#player-more").addEventListener("click", () => this.expand());
    const session = navigator.mediaSession;
    session?.setActionHandler("previoustrack", () => this.skip(-1));
    session?.setActionHandler("nexttrack", () => this.skip(1));
    session?.setActionHandler("seekbackward", () => this.jump(-1));
    session?.setActionHandler("seekforward", () => this.jump(1));
    this.showVolume();
    this.showState();
    this.showPosition();
    // What lies above the folded bar makes room for it.
    new ResizeObserver(([{ target }]) => {
      if (!target.classList.contains("open")) document.body.style.setProperty("--player", `${target.offsetHeight}px`);
    }).observe($("#player"));
  }

  /** On a phone the bar holds the main buttons; the rest unfolds above them. */
  expand() {
    const open = $("#player").classList.toggle("open");
    $("#player-more").setAttribute("aria-expanded", open);
    $("#player-more").setAttribute("aria-label", open ? "Fewer player controls" : "All player controls");
    setIcon($("#player-more"), open ? "down" : "up");
  }
}

export const player = new Player();
