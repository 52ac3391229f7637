// Renditions: which one to show where, and the list with sizes, savings and links.

import { copyButton, el } from "./dom.js";
import { bytes, dimensions, saving } from "./format.js";

const SHOWN_BY_BROWSERS = new Set(["jpeg", "jpg", "png", "webp", "avif", "gif", "svg"]);

/** A rendition's address in full; an address that is no web address becomes our own. */
export function addressOf(imageId, rendition) {
  const own = new URL(ownPath(imageId, rendition.name), location.href);
  if (!rendition.url) return own.href;
  const given = new URL(rendition.url, location.href);
  return given.protocol === "http:" || given.protocol === "https:" ? given.href : own.href;
}

function ownPath(imageId, name) {
  return `/image/${encodeURIComponent(imageId)}/${encodeURIComponent(name)}`;
}

/** The smallest rendition that fills a square of so many pixels, else the largest; null where a browser can show none. */
export function chosenOf(renditions, side) {
  const shown = (renditions ?? []).filter((one) => SHOWN_BY_BROWSERS.has(one.format));
  const bySide = shown.toSorted((a, b) => shorter(a) - shorter(b));
  return bySide.find((one) => shorter(one) >= side) ?? bySide.at(-1) ?? null;
}

/**
 * A rendition's path. Always of this origin: a CDN's address is for the world, and this page may
 * load pictures from its own server only.
 */
export function pathOf(imageId, rendition) {
  return ownPath(imageId, rendition.name);
}

/** The path of the chosen rendition, or null. */
export function pictureOf(imageId, renditions, side) {
  const chosen = chosenOf(renditions, side);
  return chosen ? pathOf(imageId, chosen) : null;
}

function shorter({ width, height }) {
  return Math.min(width ?? 0, height ?? 0);
}

/** The list of an image's renditions against its original's size in bytes. */
export function renditionList(imageId, renditions, originalBytes) {
  return el(
    "ul",
    { className: "prints" },
    ...renditions.map((one) => renditionLine(imageId, one, originalBytes)),
  );
}

function renditionLine(imageId, rendition, originalBytes) {
  const address = addressOf(imageId, rendition);
  const saved = saving(rendition.sizeBytes, originalBytes);
  return el(
    "li",
    { className: "print" },
    el("span", { className: "print-name" }, rendition.name),
    el("span", { className: "print-size" }, dimensions(rendition)),
    el("span", { className: "print-format" }, String(rendition.format).toUpperCase()),
    el("span", { className: "print-bytes" }, bytes(rendition.sizeBytes)),
    el("span", { className: `print-saving ${saved.tone}` }, saved.text),
    el(
      "span",
      { className: "print-actions" },
      el("a", { href: address, target: "_blank", rel: "noopener", "aria-label": `Open ${rendition.name}` }, "Open"),
      copyButton(address, "Copy URL", `Copy the URL of ${rendition.name}`),
    ),
  );
}
