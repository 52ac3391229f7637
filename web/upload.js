// Uploads: a few at a time, the rest in a queue. An item's phase only ever goes
// queued -> uploading -> processing -> completed | failed, and from failed back to queued.

import { UNREACHABLE, failureOf, failureOfImage, newKey, postForm } from "./api.js";

const LANES = 3;

export class Uploads {
  /**
   * onChange(item) follows every change. instructions() gives the text to send, or null where it
   * cannot be sent as it is. onRefusedInstructions(failure) is told when the server refuses it.
   * onAccepted(item) takes over an item that the server promised to process.
   */
  constructor({ onChange, onAccepted, instructions, onRefusedInstructions }) {
    this.items = [];
    this.drawn = 0;
    this.onChange = onChange;
    this.onAccepted = onAccepted;
    this.instructions = instructions;
    this.onRefusedInstructions = onRefusedInstructions;
    this.queue = [];
    this.sending = 0;
    this.held = false;
  }

  add(files) {
    const added = files.map((file) => itemOf(file, (this.drawn += 1)));
    this.items = [...added, ...this.items]; // the newest batch is listed first
    this.queue.push(...added);
    added.forEach(this.onChange);
    this.pump();
  }

  retry(item) {
    if (item.phase !== "failed" || !item.file) return;
    Object.assign(item, { phase: "queued", failure: null, imageId: null, sent: 0, finishedAt: null });
    this.queue.push(item);
    this.onChange(item);
    this.pump();
  }

  /** Send no more until resume(): what is wrong with one file's instructions is wrong with all. */
  hold() {
    this.held = true;
    this.queue.forEach(this.onChange);
  }

  resume() {
    this.held = false;
    this.items.filter((item) => item.failure?.instructions).forEach((item) => this.retry(item));
    this.pump();
  }

  cancelWaiting() {
    const waiting = new Set(this.queue);
    this.queue = [];
    this.items = this.items.filter((item) => !waiting.has(item));
  }

  clearFinished() {
    this.items = this.items.filter((item) => !isFinished(item));
  }

  /** Take what became of an item from the server's message about its image. */
  settle(item, message) {
    if (isFinished(item)) return;
    if (message.status === "completed") this.complete(item, message);
    if (message.status === "failed") this.fail(item, failureOfImage(message.failure), true);
  }

  pump() {
    while (!this.held && this.sending < LANES && this.queue.length > 0) {
      const text = this.instructions();
      if (text === null) return this.hold();
      this.send(this.queue.shift(), text);
    }
  }

  async send(item, text) {
    this.sending += 1;
    Object.assign(item, { phase: "uploading", sent: 0, startedAt: performance.now() });
    keyFor(item, text);
    this.onChange(item);
    const { status, body } = await postForm("/upload", formOf(item, text), {
      headers: { Prefer: "respond-async", "Idempotency-Key": item.key },
      onProgress: (sent) => this.progress(item, sent),
    });
    this.sending -= 1;
    this.answered(item, status, body, text);
    this.pump();
  }

  progress(item, sent) {
    item.sent = sent;
    this.onChange(item);
  }

  answered(item, status, body, text) {
    item.imageId = body?.imageId ?? null;
    if (status === 0) return this.fail(item, UNREACHABLE, false);
    if (status >= 300 || body === null) return this.refused(item, status, body, text);
    if (body.jobId) return this.becomeJob(item, body.jobId);
    if (body.status === "completed") return this.complete(item, body);
    item.phase = "processing";
    this.onChange(item);
    return this.onAccepted(item);
  }

  refused(item, status, body, text) {
    const failure = failureOf(status, body);
    failure.instructions = text !== "" && failure.errors.length > 0;
    if (failure.instructions) this.hold();
    this.fail(item, failure, !failure.retry);
    if (failure.instructions) this.onRefusedInstructions(failure);
  }

  complete(item, { renditions = [], metadata = null }) {
    // The file is let go: a thousand finished ones would keep a thousand handles.
    Object.assign(item, { phase: "completed", renditions, metadata, file: null });
    this.finish(item);
  }

  becomeJob(item, jobId) {
    Object.assign(item, { phase: "completed", jobId, file: null });
    this.finish(item);
  }

  fail(item, failure, answered) {
    // After an answer the same key would only bring the same answer again.
    if (answered) item.key = null;
    Object.assign(item, { phase: "failed", failure });
    this.finish(item);
  }

  finish(item) {
    item.finishedAt = performance.now();
    this.onChange(item);
  }
}

export function isFinished(item) {
  return item.phase === "completed" || item.phase === "failed";
}

export function canRetry(item) {
  return item.phase === "failed" && item.failure.retry && item.file !== null;
}

function itemOf(file, number) {
  return {
    number, file, name: file.name, size: file.size, phase: "queued", sent: 0, key: null, keyText: null,
    imageId: null, jobId: null, renditions: [], metadata: null, failure: null,
    startedAt: null, finishedAt: null,
  };
}

function keyFor(item, text) {
  if (item.key !== null && item.keyText === text) return;
  item.key = newKey();
  item.keyText = text;
}

function formOf(item, text) {
  const form = new FormData();
  form.append("file", item.file, item.name);
  if (text !== "") form.append("instructions", text);
  return form;
}
