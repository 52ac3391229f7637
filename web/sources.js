// Files that hold many images: CSV, ZIP and lists of URLs. Each is checked, sent, and becomes a job.
// A source's phase goes queued -> checking -> wrong | sending -> accepted | refused.

import { UNREACHABLE, failureOf, newKey, postForm } from "./api.js";

const LANES = 2;
const TRIED_FIRST = /\.(csv|tsv|json)$/i;
const ARCHIVE = /\.zip$/i;
const TYPES = new Set(["text/csv", "text/tab-separated-values", "application/zip", "application/x-zip-compressed", "application/json"]);
const CHANGED = {
  code: "file_changed",
  message: "The file has been changed, moved or removed since it was chosen. Choose it again.",
  retry: false,
  errors: [],
  errorCount: 0,
  status: 0,
};

export function isSource(file) {
  return TRIED_FIRST.test(file.name) || ARCHIVE.test(file.name) || TYPES.has(file.type);
}

export class Sources {
  /**
   * onChange(source) follows every change, onAccepted(source, answer) takes over what was accepted.
   * instructions() gives the text to send, or null where it cannot be sent as it is, and
   * onRefusedInstructions(failure) is told when the server refuses it.
   */
  constructor({ onChange, onAccepted, instructions, onRefusedInstructions }) {
    this.items = [];
    this.busy = 0;
    this.held = false;
    this.onChange = onChange;
    this.onAccepted = onAccepted;
    this.instructions = instructions;
    this.onRefusedInstructions = onRefusedInstructions;
  }

  add(files) {
    for (const file of files) {
      const source = sourceOf(file);
      this.items.push(source);
      this.onChange(source);
    }
    this.pump();
  }

  /** Once more from the start. */
  retry(source) {
    this.change(source, { phase: "queued", failure: null });
    this.pump();
  }

  /** Start with the rows that are right. */
  leaveOut(source) {
    this.change(source, { phase: "queued", isTried: true, isLenient: true });
    this.pump();
  }

  remove(source) {
    this.items = this.items.filter((one) => one !== source);
    this.change(source, { phase: "gone" });
  }

  /** Go on with what waited for better instructions. */
  resume() {
    this.held = false;
    this.items.filter((one) => one.failure?.code === "invalid_instructions").forEach((one) => this.retry(one));
    this.pump();
  }

  get isBusy() {
    return this.items.some((one) => one.phase === "queued" || one.phase === "checking" || one.phase === "sending");
  }

  pump() {
    let source;
    while (!this.held && this.busy < LANES && (source = this.items.find((one) => one.phase === "queued"))) {
      const text = this.instructions();
      this.held = text === null;
      if (!this.held) this.handle(source, text);
    }
    if (this.held) this.items.filter((one) => one.phase === "queued").forEach(this.onChange);
  }

  async handle(source, text) {
    this.busy += 1;
    const isRight = source.isTried || (await this.try(source, text));
    if (isRight) await this.send(source, text);
    this.busy -= 1;
    this.pump();
  }

  /** Return whether the file is right; if not, what is wrong with it is known now. */
  async try(source, text) {
    // Let through whatever can be: the answer then says what would be left out, and what remains.
    const { status, body } = await this.post(source, "checking", formOf(source, text, { dryRun: true, strict: false }));
    if (status !== 200 || body === null) return this.refused(source, status, body);
    this.change(source, { found: body, isTried: !body.errorCount });
    if (body.errorCount) this.change(source, { phase: "wrong" });
    return source.isTried;
  }

  async send(source, text) {
    source.key ??= newKey();
    const headers = { Prefer: "respond-async", "Idempotency-Key": source.key };
    const form = formOf(source, text, { strict: !source.isLenient });
    const { status, body } = await this.post(source, "sending", form, headers);
    if (status < 200 || status >= 300 || body === null) return this.refused(source, status, body);
    this.items = this.items.filter((one) => one !== source);
    this.change(source, { phase: "accepted", file: null });
    return this.onAccepted(source, body);
  }

  post(source, phase, form, headers = {}) {
    this.change(source, { phase, sent: 0 });
    const onProgress = (sent) => this.change(source, { sent });
    return postForm("/upload", form, { headers, onProgress });
  }

  async refused(source, status, body) {
    if (status !== 0) source.key = null; // the same key would only bring the same answer again
    const failure = status === 0 ? await whyCut(source.file) : failureOf(status, body);
    if (failure.code === "invalid_instructions") {
      this.held = true;
      this.onRefusedInstructions(failure);
    }
    this.change(source, { phase: "refused", failure });
    return false;
  }

  change(source, changes) {
    Object.assign(source, changes);
    this.onChange(source);
  }
}

function sourceOf(file) {
  return {
    file, name: file.name, size: file.size, phase: "queued", sent: 0, key: null, found: null, failure: null,
    isTried: !TRIED_FIRST.test(file.name) && !/csv|json|separated/.test(file.type), // a ZIP is too large to send twice
    isLenient: false,
  };
}

// Browsers let nobody read a file that was saved again, and call that a network error.
async function whyCut(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return UNREACHABLE;
  } catch {
    return CHANGED;
  }
}

// The fields come before the file: they say how it is to be read.
function formOf(source, text, flags) {
  const form = new FormData();
  for (const [name, flag] of Object.entries(flags)) form.append(name, String(flag));
  if (text !== "") form.append("instructions", text);
  form.append("file", source.file, source.name);
  return form;
}
