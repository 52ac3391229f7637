// Jobs: the latest ones, and those that run, each a card. What a job costs here does not depend on how
// many images it has: its counts are told live, or asked for, and its images are never listed.

import { getJson, postForm } from "./api.js";
import { announce, button, byId } from "./dom.js";
import { plural } from "./format.js";
import { JobCard } from "./job.js";

const FIRST_PAGE = "/jobs?limit=50";
const SHOWN_AT_FIRST = 3; // besides those that run
const STEP = 10;
const ASK_EVERY = 1_000; // milliseconds
const ASK_EVERY_HIDDEN = 15_000;
const ASK_EVERY_LIVE = 10_000; // a message may be lost even where they come live
const LONGEST_WAIT = 15_000;
const ASK_AT_ONCE = 4; // jobs asked about in one round

export class Jobs {
  /** live tells how far jobs are; onFinished() is called when a job that was watched is finished. */
  constructor({ live, onFinished }) {
    this.live = live;
    this.onFinished = onFinished;
    this.cards = new Map();
    this.unlisted = [];
    this.next = null;
    this.wait = ASK_EVERY;
    this.timer = null;
    byId("more-jobs").onclick = () => this.showMore();
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
  }

  /** List the server's jobs. */
  async load() {
    const page = await this.page(FIRST_PAGE);
    if (page === null) return;
    const isShown = (job, index) => index < SHOWN_AT_FIRST || job.status === "processing";
    page.jobs.filter(isShown).forEach((job) => this.list(job));
    this.unlisted = page.jobs.filter((job, index) => !isShown(job, index));
    this.show();
    this.wake();
  }

  async showMore() {
    const seen = this.cards.size;
    if (this.unlisted.length === 0) this.unlisted = (await this.page(this.next))?.jobs ?? [];
    this.unlisted.splice(0, STEP).forEach((job) => this.list(job));
    this.show();
    byId("job-cards").children[seen]?.focus({ preventScroll: true });
    this.wake();
  }

  async page(address) {
    try {
      const page = await getJson(address);
      this.next = page.next ?? null;
      this.notice("");
      return page;
    } catch (error) {
      this.notice(error.failure.message, button("Try again", () => this.load()));
      return null;
    }
  }

  /** Follow a job that has just been accepted; told is what a person should know of it besides. */
  follow({ jobId, total }, name, told) {
    const card = this.cardOf({ jobId, name, total, status: "processing", completed: 0, failed: 0, running: 0, waiting: total }, told);
    byId("job-cards").prepend(card.node);
    this.show();
    this.wake();
    return card;
  }

  list(job) {
    if (!this.cards.has(job.jobId)) byId("job-cards").append(this.cardOf(job).node);
  }

  cardOf(job, told) {
    const card = new JobCard(job, {
      told,
      onRetry: (cause) => this.ask(card, `retry${cause ? `?cause=${encodeURIComponent(cause)}` : ""}`),
      onCancel: () => this.ask(card, "cancel"),
    });
    this.cards.set(job.jobId, card);
    return card;
  }

  show() {
    const isEmpty = this.cards.size === 0 && byId("sources").childElementCount === 0;
    byId("jobs").hidden = isEmpty && byId("jobs-notice").hidden;
    byId("more-jobs").hidden = this.unlisted.length === 0 && this.next === null;
  }

  notice(text, ...more) {
    byId("jobs-notice").replaceChildren(text, ...more);
    byId("jobs-notice").hidden = text === "";
    this.show();
  }

  /** Ask something of a job; what it comes to is seen when it is looked at again. */
  async ask(card, verb) {
    card.asking();
    const { status, body } = await postForm(`/jobs/${encodeURIComponent(card.jobId)}/${verb}`, null);
    card.asked(status, body, verb);
    if (status === 202) announce(`${card.name}: ${body.message}`);
    this.wake();
  }

  /** Look at what runs, now, and then again and again while anything does. */
  wake() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), 0);
  }

  async look() {
    if (this.isLooking) return;
    this.isLooking = true;
    const due = [...this.cards.values()].filter((card) => card.isDue && !this.isTold(card));
    const answered = await Promise.all(due.slice(0, ASK_AT_ONCE).map((card) => this.lookAt(card)));
    this.isLooking = false;
    this.wait = answered.includes(false) ? Math.min(this.wait * 2, LONGEST_WAIT) : ASK_EVERY;
    if (![...this.cards.values()].some((card) => card.isDue)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), document.hidden ? ASK_EVERY_HIDDEN : this.wait);
  }

  /** Whether news of the job came live just now, so that it need not be asked for. */
  isTold(card) {
    return this.live.isOpen && card.isToldByCounts && Date.now() - card.heard < ASK_EVERY_LIVE;
  }

  /** Follow what runs, and let go of what does not. */
  keepFollowing(card) {
    if (card.isRunning) this.live.followJob(card.jobId, (message) => this.hear(card, message));
    else this.live.unfollowJob(card.jobId);
  }

  hear(card, { status, total, completed, failed }) {
    if (status === "processing" && card.isToldByCounts) {
      card.heard = Date.now();
      card.draw({ ...card.job, total, completed, failed, running: undefined, waiting: undefined });
    } else if (card.isDue) {
      this.lookAt(card); // its end has more to it than counts: causes and links
    }
  }

  async lookAt(card) {
    // To the end of the line, so that with many the next round looks at others.
    this.cards.delete(card.jobId);
    this.cards.set(card.jobId, card);
    try {
      const job = await getJson(`/jobs/${encodeURIComponent(card.jobId)}`);
      const wasRunning = card.isRunning;
      card.update(job);
      card.heard = Date.now();
      this.keepFollowing(card);
      if (wasRunning && !card.isRunning) this.tell(card);
    } catch (error) {
      return this.missed(card, error.failure);
    }
    return true;
  }

  missed(card, failure) {
    if (failure?.status === 404) {
      this.cards.delete(card.jobId);
      this.live.unfollowJob(card.jobId);
      card.node.remove();
      this.show();
      return true;
    }
    card.silent(failure);
    return false;
  }

  tell(card) {
    const { completed, failed } = card.job;
    announce(`${card.name} is finished: ${plural(completed, "image")} completed, ${failed} failed`);
    this.onFinished();
  }
}
