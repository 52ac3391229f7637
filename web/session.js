// The list of this session's files. It may hold thousands; the document gets a window of them.

import { announce, byId } from "./dom.js";
import { count, plural } from "./format.js";
import { Row } from "./row.js";
import { canRetry, isFinished } from "./upload.js";

// Rows of each phase that are listed once there are more than ALL files.
const ALL = 60;
const LISTED = { uploading: 10, failed: 30, processing: 12, queued: 12, completed: 40 };
const STEP = 60;
const DRAW_EVERY = 150; // milliseconds
const SAY_EVERY = 1_000; // milliseconds; a listener wants the sum, not a thousand sentences

export class Session {
  constructor(uploads, handlers) {
    this.uploads = uploads;
    this.handlers = handlers;
    this.rows = new Map();
    this.extra = 0;
    this.isDrawing = false;
    this.spoken = { completed: [], failed: [] };
    byId("show-finished").onclick = () => this.showMore();
  }

  /** Note a change; it is drawn with all others of this frame. */
  changed(item) {
    if (isFinished(item)) this.say(item);
    this.redraw();
  }

  redraw() {
    if (this.isDrawing) return;
    this.isDrawing = true;
    // With many files hundreds of changes a second arrive; nobody can read more than a few.
    setTimeout(() => requestAnimationFrame(() => {
      this.isDrawing = false;
      this.draw();
    }), this.uploads.items.length > ALL ? DRAW_EVERY : 0);
  }

  showMore() {
    this.extra += STEP;
    this.draw();
  }

  draw() {
    const { items, held } = this.uploads;
    const { listed, tally, unlisted } = windowOf(items, this.extra);
    byId("session").hidden = items.length === 0;
    this.place(listed);
    for (const item of listed) this.rows.get(item).update(held);
    this.drawHead(items, tally);
    byId("unlisted").hidden = unlisted.length === 0;
    byId("unlisted-text").textContent = `Not listed: ${unlisted.join(", ")}.`;
    byId("show-finished").hidden = !unlisted.some((text) => text.endsWith("completed"));
  }

  // Rows that stay where they are, are not touched; one that has to move keeps its focus.
  place(listed) {
    const focused = document.activeElement;
    const wanted = new Set(listed);
    for (const [item, row] of this.rows) {
      if (!wanted.has(item)) this.drop(item, row);
    }
    const list = byId("rows");
    let next = list.firstElementChild;
    for (const item of listed) {
      const { node } = this.rowOf(item);
      if (node === next) next = next.nextElementSibling;
      else list.insertBefore(node, next);
    }
    if (list.contains(focused)) focused.focus({ preventScroll: true });
  }

  rowOf(item) {
    if (!this.rows.has(item)) this.rows.set(item, new Row(item, this.handlers));
    return this.rows.get(item);
  }

  drop(item, row) {
    row.release();
    row.node.remove();
    this.rows.delete(item);
  }

  drawHead(items, tally) {
    const finished = tally.completed + tally.failed;
    const parts = [`${count(finished)} of ${plural(items.length, "file")} finished`];
    if (tally.failed > 0) parts.push(`${count(tally.failed)} failed`);
    byId("tally").textContent = parts.join(", ");
    byId("overall").value = items.length > 0 ? finished / items.length : 0;
    byId("overall").hidden = items.length < 2;
    byId("retry-all").hidden = !items.some(canRetry);
    byId("cancel-waiting").hidden = tally.queued === 0;
    byId("clear-finished").hidden = finished === 0;
  }

  say(item) {
    this.spoken[item.phase].push(item);
    this.speaking ??= setTimeout(() => {
      this.speaking = null;
      announce(sentenceOf(this.spoken));
      this.spoken = { completed: [], failed: [] };
    }, SAY_EVERY);
  }
}

/**
 * Which items are listed, how many are in each phase, and what is left out. A few are listed in their
 * own order; of many, what is being done comes first, then what is next, then the latest results.
 */
export function windowOf(items, extra) {
  const tally = { queued: 0, uploading: 0, processing: 0, completed: 0, failed: 0 };
  for (const item of items) tally[item.phase] += 1;
  if (items.length <= ALL) return { listed: items, tally, unlisted: [] };
  const left = { ...LISTED, completed: LISTED.completed + extra };
  const take = (item) => (left[item.phase] -= 1) >= 0;
  // Of what waits the oldest are next; of what is finished the last are news.
  const waiting = items.filter((item) => !isFinished(item)).sort((a, b) => a.number - b.number);
  const finished = items.filter(isFinished).sort((a, b) => b.finishedAt - a.finishedAt);
  const listed = [...waiting, ...finished].filter(take);
  const unlisted = Object.entries(left)
    .filter(([, rest]) => rest < 0)
    .map(([phase, rest]) => `${count(-rest)} ${phase}`);
  return { listed, tally, unlisted };
}

function sentenceOf({ completed, failed }) {
  return [
    completed.length === 1 ? `${completed[0].name} completed` : plural(completed.length, "image") + " completed",
    failed.length === 1 ? `${failed[0].name} failed: ${failed[0].failure.message}` : `${failed.length} failed`,
  ].filter((_, index) => [completed, failed][index].length > 0).join("; ");
}
