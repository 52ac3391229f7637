// What is known of an image by sight, and what its camera wrote.

import { el } from "./dom.js";
import { words } from "./format.js";

const CAMERA = { iso: "ISO", fNumber: "Aperture", lens: "Lens" };
const WITH_UNIT = {
  exposureTime: (value) => `${value}\u00a0s`,
  fNumber: (value) => `f/${value}`,
  focalLength: (value) => `${value}\u00a0mm`,
  takenAt: (value) => value.replace("T", " "),
};

/** The dominant colours, each as a patch, its name and its part of the picture. */
export function colourList(colours) {
  return el("ul", { className: "swatches" }, ...colours.map(swatchOf));
}

function swatchOf({ hex, share }) {
  const patch = el("span", { className: "swatch" });
  patch.style.backgroundColor = hex; // by the object model, which the page's policy lets by
  return el("li", {}, patch, el("code", {}, hex), el("span", { className: "quiet" }, percent(share)));
}

/** What the picture shows, the surest first. */
export function labelList(labels) {
  const items = labels.map(({ name, confidence }) =>
    el("li", {}, name, " ", el("span", { className: "quiet" }, percent(confidence))),
  );
  return el("ul", { className: "labels" }, ...items);
}

/** What the camera wrote, and where it was, as pairs of a title and a text. */
export function cameraPairs({ exif = {}, place }) {
  const pairs = Object.entries(exif).map(([name, value]) => [
    CAMERA[name] ?? words(name),
    (WITH_UNIT[name] ?? String)(value),
  ]);
  return place ? [...pairs, ["Place", placeText(place)]] : pairs;
}

function placeText({ latitude, longitude, altitude }) {
  const height = Number.isFinite(altitude) ? `, ${altitude}\u00a0m` : "";
  return `${latitude}, ${longitude}${height}`;
}

function percent(part) {
  return `${Math.round(part * 100)}\u00a0%`;
}
