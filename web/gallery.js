// The latest images the server knows, newest first.

import { getJson } from "./api.js";
import { button, byId, el } from "./dom.js";
import { bytes, dimensions } from "./format.js";
import { chosenOf, pathOf } from "./renditions.js";
import { placeholderOf } from "./thumbhash.js";

const FIRST_PAGE = "/images?limit=24";
const TILE_SIDE = 200; // pixels: what a tile needs to look sharp

export class Gallery {
  /** live tells when an image that is still being processed is done; isListed(id) leaves one out. */
  constructor({ live, isListed, onDetails }) {
    this.live = live;
    this.isListed = isListed;
    this.onDetails = onDetails;
    this.list = byId("gallery");
    this.next = null;
    byId("show-more").onclick = () => this.showMore();
  }

  /** Begin anew with the newest images. */
  async reload() {
    const page = await this.load(FIRST_PAGE);
    if (!page) return;
    this.list.replaceChildren();
    this.add(page);
    this.notice(this.list.childElementCount > 0 ? "" : "Nothing here yet. What you drop is kept, and listed here from the next visit on.");
  }

  async showMore() {
    const seen = this.list.childElementCount;
    const page = await this.load(this.next);
    if (!page) return;
    this.add(page);
    // The button may be gone now; whoever pressed it goes on at the first new image.
    this.list.children[seen]?.querySelector("button").focus({ preventScroll: true });
  }

  async load(address) {
    try {
      const page = await getJson(address);
      this.notice("");
      return page;
    } catch (error) {
      this.notice(error.failure.message, button("Try again", () => this.reload()));
      return null;
    }
  }

  add({ images, next }) {
    const shown = images.filter((image) => !this.isListed(image.imageId));
    this.list.append(...shown.map((image) => this.tileOf(image)));
    this.next = next ?? null;
    byId("show-more").hidden = this.next === null;
  }

  tileOf(image) {
    const tile = el("li", { className: "tile", "data-phase": image.status }, this.buttonOf(image));
    if (image.status === "processing") {
      this.live.follow(image.imageId, (message) => tile.replaceWith(this.tileOf({ ...image, ...message })));
    }
    return tile;
  }

  buttonOf(image) {
    const name = image.filename ?? "Untitled";
    return el(
      "button",
      { type: "button", onclick: () => this.onDetails(image.imageId), "aria-label": `Details of ${name}${spokenState(image)}` },
      frameOf(image),
      el("span", { className: "tile-name" }, name),
      el("span", { className: "tile-about" }, aboutOf(image)),
    );
  }

  notice(text, ...more) {
    byId("recent-notice").replaceChildren(text, ...more);
    byId("recent-notice").hidden = text === "";
  }
}

function frameOf(image) {
  const frame = el("span", { className: "frame" });
  const chosen = chosenOf(image.renditions, TILE_SIDE);
  if (image.status !== "completed" || chosen === null) return frame;
  const placeholder = placeholderOf(image.metadata?.thumbhash);
  if (placeholder) placeholder.className = "placeholder";
  const picture = el("img", { className: "picture", alt: "", loading: "lazy", decoding: "async" });
  picture.onload = () => placeholder?.remove();
  picture.onerror = () => frame.replaceChildren();
  picture.src = pathOf(image.imageId, chosen);
  frame.append(picture, placeholder ?? "");
  return frame;
}

function spokenState({ status }) {
  return status === "completed" ? "" : `, ${status}`;
}

function aboutOf(image) {
  if (image.status === "processing") return "Processing…";
  if (image.status === "failed") return "Failed";
  const size = dimensions(image.metadata ?? {}) || bytes(image.original?.sizeBytes);
  return [size, image.metadata?.format?.toUpperCase()].filter(Boolean).join(" · ");
}
