// One job: how far it is, why images failed, and what can be done about it.

import { failureOf } from "./api.js";
import { button, el, setText } from "./dom.js";
import { count, moment, pace, plural, timeLeft } from "./format.js";

const KINDS = { csv: "CSV", zip: "ZIP", urls: "list of URLs", files: "several files" };
const RECENT = 20_000; // milliseconds that a rate is taken over

export class JobCard {
  /** told: a node with what else there is to know, such as the rows that were left out. */
  constructor(job, { told, onRetry, onCancel }) {
    this.jobId = job.jobId;
    this.onRetry = onRetry;
    this.onCancel = onCancel;
    this.seen = []; // [when, how many were done], of the last while
    this.awaited = 0; // the generation that a retry was promised to begin
    this.cancelled = 0; // the generation that is being cancelled, as far as is known here
    this.isKnown = false;
    this.heard = 0; // when it was last told live how far it is
    this.shown = "";
    this.build(told);
    this.draw(job);
  }

  build(told) {
    this.title = el("h3", {});
    this.about = el("span", { className: "row-about" });
    this.state = el("p", { className: "row-state" });
    this.bar = el("progress", { className: "bar" });
    this.counts = el("p", { className: "job-counts" });
    this.problem = el("div", { className: "refusal", role: "alert", hidden: true });
    this.causes = el("ul", { className: "causes" });
    this.actions = el("div", { className: "job-actions" });
    this.node = el(
      "li",
      { className: "job", tabIndex: -1 },
      el("div", {}, this.title, this.about), this.state, this.bar, this.counts,
      told, this.problem, this.causes, this.actions,
    );
  }

  get name() {
    return this.job.name ?? `Job of ${plural(this.job.total ?? 0, "image")}`;
  }

  get isRunning() {
    return this.job.status === "processing" || (this.job.generation ?? 1) < this.awaited;
  }

  /** Whether there may be news of it: it runs, or only its line in the list is known. */
  get isDue() {
    return this.isRunning || !this.isKnown;
  }

  /** Whether all that changes of it, until its end, is its counts. */
  get isToldByCounts() {
    return this.isKnown && this.job.status === "processing";
  }

  get isCancelling() {
    return this.isRunning && this.cancelled === (this.job.generation ?? 1);
  }

  update(job) {
    this.isKnown = true;
    // Later generations have the time of the first one's cancelling, too.
    if (job.cancelledAt && job.generation === 1) this.cancelled = 1;
    this.draw(job);
  }

  /** Say that there is no news, for now. */
  silent(failure) {
    setText(this.state, `${failure?.message ?? "No news of it."} The job goes on without this page; asking again…`);
  }

  /** While something is asked of it, nothing else can be. */
  asking() {
    for (const one of this.node.querySelectorAll("button")) one.disabled = true;
    this.problem.hidden = true;
  }

  asked(status, body, verb) {
    this.shown = ""; // buttons are made anew, whatever came of it
    if (status === 202) {
      if (verb.startsWith("retry")) this.awaited = (this.job.generation ?? 1) + 1;
      else this.cancelled = this.job.generation ?? 1;
      this.seen = [];
    } else {
      const failure = status === 0 ? { message: "The server could not be reached.", code: "network" } : failureOf(status, body);
      this.problem.replaceChildren(el("p", {}, failure.message, " ", el("code", {}, failure.code)));
      this.problem.hidden = false;
      this.isKnown = false; // it is not as it was thought to be
    }
    this.draw(this.job);
  }

  draw(job) {
    this.job = job;
    const done = job.completed + job.failed;
    this.note(done);
    setText(this.title, this.name);
    setText(this.about, [plural(job.total ?? 0, "image"), KINDS[job.kind], job.acceptedAt && moment(job.acceptedAt)].filter(Boolean).join(" · "));
    setText(this.state, this.stateOf(job, done));
    setText(this.counts, countsOf(job));
    this.node.dataset.phase = this.isRunning ? "processing" : job.status;
    this.bar.max = Math.max(job.total ?? 0, 1);
    this.bar.value = done;
    this.bar.hidden = !this.isRunning;
    this.bar.setAttribute("aria-label", `${this.name}, images done`);
    this.drawParts(job);
  }

  // What has buttons and links is made anew only where it differs: they keep their focus.
  drawParts(job) {
    const told = JSON.stringify([job.causes, job.links, this.isCancelling, this.isRunning]);
    if (told === this.shown) return;
    this.shown = told;
    const focused = this.node.contains(document.activeElement) && document.activeElement !== this.node
      ? document.activeElement.dataset.does : null;
    this.causes.replaceChildren(...(job.causes ?? []).map((cause) => this.causeOf(cause)));
    this.actions.replaceChildren(...this.actionsOf(job));
    if (focused !== null) (this.node.querySelector(`[data-does="${CSS.escape(focused)}"]`) ?? this.node).focus();
  }

  note(done) {
    const now = performance.now();
    this.seen.push([now, done]);
    while (this.seen.length > 2 && now - this.seen[0][0] > RECENT) this.seen.shift();
  }

  /** Images a second: of the last while as far as it was seen, else what the server says. */
  get rate() {
    const [[since, before], [until, after]] = [this.seen[0], this.seen.at(-1)];
    const seen = ((after - before) * 1000) / (until - since);
    return this.seen.length > 2 && seen > 0 ? seen : this.job.rate;
  }

  stateOf(job, done) {
    if (!this.isRunning) return outcomeOf(job);
    if ((job.generation ?? 1) < this.awaited) return "Beginning again with what failed…";
    const said = [`${count(done)} of ${count(job.total ?? 0)} done`];
    if (this.isCancelling) said.unshift("Cancelling: what has begun is finished");
    if (done > 0 && this.rate) said.push(pace(this.rate), timeLeft(((job.total ?? 0) - done) / this.rate));
    return said.join(" · ");
  }

  causeOf({ code, count: many, example }) {
    const canRetry = !this.isRunning && this.job.links?.retry;
    const again = canRetry
      ? button("Retry these", () => this.onRetry(code), { "aria-label": `Retry the ${plural(many, "image")} that failed of ${code}`, "data-does": `retry ${code}` })
      : null;
    return el(
      "li",
      {},
      el("p", {}, el("strong", {}, `${count(many)}×`), " ", example ?? "", " ", el("code", {}, code)),
      again,
    );
  }

  actionsOf(job) {
    const { links = {}, causes = [] } = job;
    const canRetry = !this.isRunning && links.retry;
    const made = [];
    if (this.isRunning && !this.isCancelling) {
      made.push(button("Cancel", () => this.onCancel(), { "aria-label": `Cancel ${this.name}`, "data-does": "cancel" }));
    }
    if (canRetry && causes.length !== 1) {
      made.push(button(`Retry all ${count(job.failed)} failed`, () => this.onRetry(null), { "data-does": "retry" }));
    }
    if (this.isRunning && causes.length > 0) made.push(el("span", { className: "quiet" }, "What failed can be retried once the job is finished."));
    made.push(...downloadsOf(links, this.isRunning));
    return made;
  }
}

function downloadsOf({ output, failed, input }, isRunning) {
  const offered = [
    [isRunning ? "Output CSV so far" : "Output CSV", output],
    ["Failed rows", failed],
    ["Input", input],
  ];
  return offered.filter(([, href]) => href).map(([text, href]) => el("a", { href, download: "", "data-does": text }, text));
}

function outcomeOf(job) {
  const done = job.failed === 0 ? "Finished" : job.completed === 0 ? "Finished: no image made it" : "Finished, with failures";
  return job.causes?.some(({ code }) => code === "cancelled") ? `Cancelled. ${done}` : done;
}

function countsOf({ completed, failed, running, waiting }) {
  const parts = [[completed, "completed"], [failed, "failed"], [running, "running"], [waiting, "waiting"]];
  return parts.filter(([many], index) => many > 0 || index === 0).map(([many, word]) => `${count(many)} ${word}`).join(", ");
}
