// ThumbHash (Evan Wallace): a picture of some thirty pixels out of some twenty bytes.

import { el } from "./dom.js";

const SIDE = 32; // pixels of the longer side
const COLOUR_WAVES = 3;
const ALPHA_WAVES = 5;
const LONGEST = 1024; // pixels: a placeholder need not be sharp

/** A small canvas that looks like the picture from afar; null where the hash is none. */
export function placeholderOf(thumbhash) {
  const pixels = decoded(thumbhash);
  if (pixels === null) return null;
  const small = canvasOf(pixels.width, pixels.height);
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}

/** The same, as large as the picture will be: nothing moves when that takes its place. */
export function placeholderLike(thumbhash, { width, height }) {
  const small = placeholderOf(thumbhash);
  if (small === null) return null;
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const large = canvasOf(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  large.getContext("2d").drawImage(small, 0, 0, large.width, large.height);
  return large;
}

function canvasOf(width, height) {
  return el("canvas", { width, height, "aria-hidden": "true" });
}

/** The picture as ImageData; null where the text is no ThumbHash. */
export function decoded(text) {
  try {
    return drawn(read(Uint8Array.from(atob(text), (one) => one.charCodeAt(0))));
  } catch {
    return null; // a picture without a placeholder is still a picture
  }
}

function read(hash) {
  const first = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const second = hash[3] | (hash[4] << 8);
  const hasAlpha = first >> 23 === 1;
  const isLying = second >> 15 === 1;
  const longer = hasAlpha ? 5 : 7;
  const across = isLying ? longer : second & 7;
  const down = isLying ? second & 7 : longer;
  const nibbles = nibblesOf(hash.subarray(hasAlpha ? 6 : 5));
  // Saturation is raised by a quarter: that is what rounding has taken.
  const channels = {
    luma: channel(nibbles, (first & 63) / 63, ((first >> 18) & 31) / 31, Math.max(3, across), Math.max(3, down)),
    yellow: channel(nibbles, ((first >> 6) & 63) / 31.5 - 1, (((second >> 3) & 63) / 63) * 1.25, COLOUR_WAVES, COLOUR_WAVES),
    red: channel(nibbles, ((first >> 12) & 63) / 31.5 - 1, (((second >> 9) & 63) / 63) * 1.25, COLOUR_WAVES, COLOUR_WAVES),
    alpha: hasAlpha ? channel(nibbles, (hash[5] & 15) / 15, (hash[5] >> 4) / 15, ALPHA_WAVES, ALPHA_WAVES) : null,
  };
  return { channels, ratio: across / down };
}

function* nibblesOf(bytes) {
  for (const byte of bytes) {
    yield byte & 15;
    yield byte >> 4;
  }
}

/** A channel's waves, each [across, down, strength]: those of a triangle, since both ways are seldom fine at once. */
function channel(nibbles, mean, scale, across, down) {
  const waves = [[0, 0, mean]];
  for (let y = 0; y < down; y += 1) {
    for (let x = y === 0 ? 1 : 0; x * down < across * (down - y); x += 1) {
      const { value, done } = nibbles.next();
      if (done) throw new RangeError("The hash is too short.");
      waves.push([x, y, 2 * (value / 7.5 - 1) * scale]);
    }
  }
  return waves;
}

function drawn({ channels, ratio }) {
  if (!(ratio > 0)) throw new RangeError("The hash has no shape.");
  const width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const image = new ImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (waves) => valueAt(waves, (x + 0.5) / width, (y + 0.5) / height);
      image.data.set(colourOf(channels, at), (y * width + x) * 4);
    }
  }
  return image;
}

function valueAt(waves, x, y) {
  return waves.reduce(
    (sum, [across, down, strength]) => sum + strength * Math.cos(Math.PI * across * x) * Math.cos(Math.PI * down * y),
    0,
  );
}

function colourOf({ luma, yellow, red, alpha }, at) {
  const [light, warm, reddish] = [at(luma), at(yellow), at(red)];
  const b = light - (2 / 3) * warm;
  const r = (3 * light - b + reddish) / 2;
  return [r, r - reddish, b, alpha === null ? 1 : at(alpha)].map((value) => value * 255);
}
