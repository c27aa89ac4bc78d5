// A cover for a song that has none, drawn from how it sounds: key gives the hue, mood and mode the light, tempo the
// number of shapes, energy their size, and the song's character their kind.
import { svg } from "./dom.js";

const SIZE = 64;

/** Numbers in 0…1 from a text, always the same ones for the same text. */
function dice(text) {
  let seed = 2166136261;
  for (const character of text) seed = Math.imul(seed ^ character.codePointAt(0), 16777619);
  return () => {
    seed = Math.imul(seed ^ (seed >>> 15), 2246822507) + 0x9e3779b9;
    return ((seed ^ (seed >>> 13)) >>> 0) / 4294967296;
  };
}

function palette({ key, mode = 1, valence = 0.5, energy = 0.5 }, roll) {
  // Keys a fifth apart share most notes, so they get neighbouring hues.
  const fifths = key >= 0 ? (key * 7) % 12 : Math.floor(roll() * 12);
  const hue = (fifths * 30 + 340) % 360;
  const light = (mode ? 0.56 : 0.36) + valence * 0.16;
  const strength = 0.05 + energy * 0.1;
  const colour = (lightness, chroma, turn) =>
    `oklch(${lightness.toFixed(3)} ${chroma.toFixed(3)} ${(hue + turn) % 360})`;
  return {
    ground: colour(light, strength, 0),
    shape: colour(Math.min(0.94, light + 0.27), strength * 0.9, 25 + valence * 65),
    shade: colour(light - 0.2, strength, 335),
  };
}

function discs(count, energy, colours, roll) {
  return Array.from({ length: Math.max(3, count - 2) }, (_, index) =>
    svg("circle", {
      cx: 8 + roll() * 48, cy: 10 + roll() * 44, r: 7 + energy * 10 + roll() * 8,
      fill: index % 2 ? colours.shade : colours.shape, "fill-opacity": 0.75,
    }));
}

function bars(count, energy, colours, roll) {
  const width = SIZE / count;
  return Array.from({ length: count }, (_, index) => {
    const height = SIZE * (0.15 + energy * 0.5 + roll() * 0.3);
    return svg("rect", {
      x: index * width + width * 0.14, y: (SIZE - height) / 2, width: width * 0.72, height, rx: width * 0.3,
      fill: index % 3 === 1 ? colours.shade : colours.shape,
    });
  });
}

function dots(count, energy, colours, roll) {
  const side = Math.max(3, count - 2);
  const pitch = SIZE / side;
  return Array.from({ length: side * side }, (_, index) =>
    svg("circle", {
      cx: (index % side + 0.5) * pitch, cy: (Math.floor(index / side) + 0.5) * pitch,
      r: pitch * (0.12 + energy * 0.2 + roll() * 0.16), fill: roll() < 0.25 ? colours.shade : colours.shape,
    }));
}

function waves(count, energy, colours, roll) {
  const gap = SIZE / (count + 1);
  return Array.from({ length: count }, (_, index) => {
    const y = gap * (index + 1);
    const swing = 2 + energy * 9 + roll() * 3;
    return svg("path", {
      d: `M-2 ${y}q9 ${-swing * 2} 17 0t17 0 17 0 17 0`, fill: "none",
      stroke: index % 2 ? colours.shade : colours.shape, "stroke-width": 1.6 + energy * 2.4,
    });
  });
}

function rings(count, energy, colours, roll) {
  const x = 16 + roll() * 32;
  const y = 16 + roll() * 32;
  return Array.from({ length: count }, (_, index) =>
    svg("circle", {
      cx: x, cy: y, r: 4 + index * (46 / count), fill: "none",
      stroke: index % 2 ? colours.shade : colours.shape, "stroke-width": 1.5 + energy * 3,
    }));
}

function kind({ acousticness = 0, danceability = 0, energy = 0.5, instrumentalness = 0 }) {
  if (instrumentalness > 0.5) return rings;
  if (acousticness > 0.5) return discs;
  if (danceability > 0.68) return dots;
  return energy > 0.62 ? bars : waves;
}

function draw(picture, track) {
  const roll = dice(track.id);
  const { features } = track;
  const colours = palette(features, roll);
  const count = Math.round(4 + Math.min(1, Math.max(0, ((features.tempo ?? 120) - 60) / 130)) * 5);
  picture.append(
    svg("rect", { width: SIZE, height: SIZE, fill: colours.ground }),
    ...kind(features)(count, features.energy ?? 0.5, colours, roll),
  );
}

const pending = new WeakMap();
const sight = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    draw(target, pending.get(target));
  }
}, { rootMargin: "200px" });

/** The cover, drawn when it first comes into sight. */
export function art(track) {
  const picture = svg("svg", { class: "art", viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" });
  pending.set(picture, track);
  sight.observe(picture);
  return picture;
}
