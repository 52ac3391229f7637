// Everything known about one image, in a dialog.

import { getJson } from "./api.js";
import { byId, copyButton, el, refusal } from "./dom.js";
import { bytes, dimensions, duration, moment, orientation, words } from "./format.js";
import { cameraPairs, colourList, labelList } from "./known.js";
import { chosenOf, pathOf, renditionList } from "./renditions.js";
import { placeholderLike } from "./thumbhash.js";

const PICTURE_SIDE = 400; // pixels
const SHOWN_ELSEWHERE = new Set(["width", "height", "blurhash", "thumbhash"]);
const SPELLED = {
  sizeBytes: bytes,
  format: (value) => String(value).toUpperCase(),
  orientation,
  sha256: (value) => el("code", {}, value),
  phash: (value) => el("code", {}, value),
  hasAlpha: (value) => (value ? "yes" : "no"),
};
const TITLES = { sizeBytes: "Size", sha256: "SHA-256", phash: "Perceptual hash", hasAlpha: "Transparency" };

export class Details {
  constructor() {
    this.dialog = byId("details");
    this.body = byId("details-body");
    this.asked = 0;
    byId("details-close").onclick = () => this.dialog.close();
    // A click on the dialog itself, and none of its content, is one beside it.
    this.dialog.onclick = (event) => {
      if (event.target === this.dialog) this.dialog.close();
    };
  }

  /** Open the dialog on an image, and fill it when the server has answered. */
  open(imageId, name = "Details") {
    return this.show(name, () => imageParts(imageId));
  }

  /**
   * Open the dialog, and fill it with the parts that load() comes to, or with why there are none.
   * Returns what tells whether the dialog still shows them.
   */
  async show(name, load) {
    const asked = (this.asked += 1);
    byId("details-title").textContent = name;
    this.fill(el("p", { className: "quiet" }, "Loading…"));
    if (!this.dialog.open) this.dialog.showModal();
    const content = await contentOf(load);
    const isShown = () => this.dialog.open && asked === this.asked;
    if (isShown()) this.fill(...content);
    return isShown;
  }

  fill(...content) {
    this.body.replaceChildren(...content);
    this.body.scrollTop = 0;
  }
}

async function contentOf(load) {
  try {
    return await load();
  } catch (error) {
    if (!error.failure) throw error;
    return [refusal(error.failure)];
  }
}

async function imageParts(imageId) {
  const image = await getJson(`/images/${encodeURIComponent(imageId)}`);
  byId("details-title").textContent = image.filename ?? "Untitled";
  return partsOf(image);
}

function partsOf(image) {
  const renditions = image.renditions ?? [];
  const original = image.metadata?.sizeBytes ?? image.original?.sizeBytes;
  return [
    pictureFor(image),
    image.failure ? refusal(image.failure) : null,
    factsOf(image),
    ...knownOf(image.metadata ?? {}),
    renditions.length > 0 ? section("Renditions", renditionList(image.imageId, renditions, original)) : null,
    section("History", historyOf(image.history ?? [])),
    image.instructions ? instructionsOf(image.instructions) : null,
  ].filter((part) => part !== null);
}

export function section(title, ...content) {
  return el("section", {}, el("h3", {}, title), ...content);
}

function pictureFor(image) {
  const chosen = chosenOf(image.renditions, PICTURE_SIDE);
  if (chosen === null) return null;
  const picture = el("img", { className: "plate", alt: image.filename ?? "The image" });
  const shown = placeholderLike(image.metadata?.thumbhash, chosen) ?? picture;
  shown.className = "plate";
  picture.onload = () => shown.replaceWith(picture);
  picture.onerror = () => shown.remove();
  picture.src = pathOf(image.imageId, chosen);
  return shown;
}

function knownOf(metadata) {
  const { colours = [], labels = [] } = metadata;
  const camera = cameraPairs(metadata);
  return [
    labels.length > 0 ? section("Labels", labelList(labels)) : null,
    colours.length > 0 ? section("Colours", colourList(colours)) : null,
    camera.length > 0 ? section("Camera", factList(camera)) : null,
  ];
}

function factsOf(image) {
  return factList(pairsOf(image));
}

export function factList(pairs) {
  const facts = el("dl", { className: "facts" });
  for (const [title, value] of pairs) {
    facts.append(el("div", {}, el("dt", {}, title), el("dd", {}, value)));
  }
  return facts;
}

function pairsOf(image) {
  const metadata = image.metadata ?? {};
  const known = Object.entries(metadata)
    .filter(([name, value]) => isShown(value) && !SHOWN_ELSEWHERE.has(name))
    .map(([name, value]) => [TITLES[name] ?? words(name), (SPELLED[name] ?? String)(value)]);
  const pairs = [["Dimensions", dimensions(metadata)], ...known, ["Attempts", String(image.attempts ?? "")]];
  return [...pairs, ["Image id", idOf(image.imageId, "image")]].filter(([, value]) => value !== "");
}

function isShown(value) {
  return value !== null && typeof value !== "object";
}

export function idOf(id, kind) {
  const both = document.createDocumentFragment();
  both.append(el("code", {}, id), " ", copyButton(id, "Copy", `Copy the ${kind} id`));
  return both;
}

function historyOf(history) {
  const list = el("ol", { className: "history" });
  history.forEach(({ status, at }, index) => {
    const since = index > 0 ? Date.parse(at) - Date.parse(history[index - 1].at) : Number.NaN;
    list.append(
      el(
        "li",
        { "data-phase": status },
        el("span", { className: "history-status" }, words(status)),
        el("time", { dateTime: at }, moment(at)),
        Number.isNaN(since) ? null : el("span", { className: "quiet" }, `after ${duration(since)}`),
      ),
    );
  });
  return list;
}

function instructionsOf(instructions) {
  return el(
    "details",
    { className: "instructions" },
    el("summary", {}, "Instructions"),
    el("pre", { tabIndex: 0 }, JSON.stringify(instructions, null, 2)),
  );
}
