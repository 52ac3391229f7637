// One file of this session: its picture, what is happening to it, what came of it.

import { button, el, setText } from "./dom.js";
import { bytes, dimensions, duration, plural } from "./format.js";
import { pictureOf, renditionList } from "./renditions.js";
import { canRetry } from "./upload.js";

const FRAME_SIDE = 96; // pixels

export class Row {
  constructor(item, { onDetails, onRetry }) {
    this.item = item;
    this.onDetails = onDetails;
    this.onRetry = onRetry;
    this.shownPhase = null;
    this.preview = null;
    this.build();
  }

  build() {
    this.picture = el("img", { className: "picture", alt: "", loading: "lazy", decoding: "async", hidden: true });
    this.picture.onload = () => this.release();
    this.picture.onerror = () => this.pictureMissing();
    this.frame = el("div", { className: "frame" }, this.picture);
    this.about = el("span", { className: "row-about" });
    this.details = button("Details", () => this.onDetails(this.item), {
      className: "plain row-details",
      "aria-label": `Details of ${this.item.name}`,
      hidden: true,
    });
    this.state = el("p", { className: "row-state" });
    this.bar = el("progress", { className: "bar", max: 1 });
    this.outcome = el("div", { className: "outcome" });
    this.node = el(
      "li",
      { className: "row", tabIndex: -1 },
      this.frame,
      el(
        "div",
        { className: "row-body" },
        el(
          "div",
          { className: "row-head" },
          el("div", {}, el("h3", {}, this.item.name), this.about),
          this.details,
        ),
        this.state,
        this.bar,
        this.outcome,
      ),
    );
    // The picture is a larger target for the pointer; the button beside it is the one for keys.
    this.frame.onclick = () => this.details.hidden || this.onDetails(this.item);
    if (this.item.phase !== "completed") this.showPreview();
  }

  /** Bring the row up to date; within a phase only words and the bar change. */
  update(isHeld) {
    const { item } = this;
    setText(this.state, stateOf(item, isHeld));
    if (item.phase === "uploading") this.bar.value = item.sent;
    if (item.phase === this.shownPhase) return;
    const hadFocus = this.node.contains(document.activeElement);
    this.shownPhase = item.phase;
    this.node.dataset.phase = item.phase;
    this.details.hidden = !item.imageId;
    this.about.textContent = aboutOf(item);
    this.showBar();
    this.outcome.replaceChildren(...this.outcomeOf());
    if (item.phase === "completed") this.showPrint();
    if (hadFocus && !this.node.contains(document.activeElement)) this.node.focus();
  }

  showBar() {
    const isWorking = this.item.phase === "uploading" || this.item.phase === "processing";
    this.bar.hidden = !isWorking;
    this.bar.setAttribute("aria-label", `${this.item.name}, ${this.item.phase}`);
    // Without a value a progress element is indeterminate: nobody knows how long processing takes.
    if (this.item.phase === "processing") this.bar.removeAttribute("value");
  }

  outcomeOf() {
    const { item } = this;
    if (item.phase === "failed") return [failureOf(item, this.onRetry)];
    if (item.phase !== "completed") return [];
    if (item.jobId) return [el("a", { href: `/status/${item.jobId}` }, "Status of the job")];
    return [renditionList(item.imageId, item.renditions, item.metadata?.sizeBytes ?? item.size)];
  }

  // The original itself, shown as its negative until its prints are there.
  showPreview() {
    if (!this.item.file) return;
    this.preview = URL.createObjectURL(this.item.file);
    this.picture.src = this.preview;
    this.picture.hidden = false;
  }

  showPrint() {
    const path = pictureOf(this.item.imageId, this.item.renditions, FRAME_SIDE);
    if (path === null) return;
    this.picture.alt = `Thumbnail of ${this.item.name}`;
    this.picture.src = path;
    this.picture.hidden = false;
    this.release();
  }

  pictureMissing() {
    this.picture.hidden = true;
    this.release();
  }

  /** Let go of the file's object URL; the row may be dropped after this. */
  release() {
    if (this.preview !== null) URL.revokeObjectURL(this.preview);
    this.preview = null;
  }
}

function stateOf(item, isHeld) {
  switch (item.phase) {
    case "queued":
      return isHeld ? "Waiting for the instructions to be corrected" : "Waiting to upload";
    case "uploading":
      return item.sent < 1 ? `Uploading, ${Math.floor(item.sent * 100)}\u00a0%` : "Uploaded, waiting for the answer";
    case "processing":
      return "Uploaded. Processing…";
    case "completed":
      return item.jobId ? "Accepted as a job" : completedIn(item);
    default:
      return item.imageId ? "Processing failed" : "Upload refused";
  }
}

function completedIn(item) {
  const made = plural(item.renditions.length, "rendition");
  return `${made} in ${duration(item.finishedAt - item.startedAt)}, upload included`;
}

function aboutOf(item) {
  const known = [bytes(item.size)];
  if (item.metadata) known.push(dimensions(item.metadata));
  return known.join(" · ");
}

function failureOf(item, onRetry) {
  const { failure } = item;
  return el(
    "div",
    { className: "refusal" },
    el("p", {}, failure.message, " ", el("code", {}, failure.code)),
    failure.errors.length > 0
      ? el("ul", {}, ...failure.errors.map((one) => el("li", {}, `${one.path}: expected ${one.expected}, got ${one.got}`)))
      : null,
    canRetry(item) ? button("Retry", () => onRetry(item), { "aria-label": `Retry ${item.name}` }) : null,
  );
}
