// What becomes of images, and how far jobs are, live: one WebSocket for the whole page, and asking where
// it is down. After a lost connection it goes on from the last event that was seen.

import { getJson } from "./api.js";

const FIRST_WAIT = 500; // milliseconds, doubled at each failure, with jitter
const LONGEST_WAIT = 15_000;
const ASK_EVERY = 3_000;
const DOUBT_AFTER = 20_000; // a message may be lost even where the socket stands
const ASK_AT_ONCE = 20; // images asked about in one round
const GIVE_UP_ON_UNKNOWN = 60_000;
const IDS_A_MESSAGE = 100;

export class Live {
  constructor() {
    this.followed = new Map();
    this.jobs = new Map();
    this.seen = null; // the last event's id
    this.socket = null;
    this.wait = FIRST_WAIT;
    this.retrying = null;
    this.asking = null;
  }

  /** Call listener once, with the message that says how the image ended. */
  follow(id, listener) {
    this.followed.set(id, { listener, since: Date.now(), heard: Date.now() });
    this.wake();
    if (this.isOpen) this.subscribe([id]);
  }

  /** Call listener with each message about a job, its images left out, until it is unfollowed. */
  followJob(id, listener) {
    if (this.jobs.has(id)) return;
    this.jobs.set(id, listener);
    this.wake();
    if (this.isOpen) this.subscribe([id], { images: false });
  }

  unfollowJob(id) {
    this.jobs.delete(id);
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Connect if there is no connection; called early, so that it stands when it is needed. */
  wake() {
    if (this.followed.size > 0) this.asking ??= setInterval(() => this.ask(), ASK_EVERY);
    if (this.socket !== null || this.retrying !== null) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}/ws`);
    this.socket.onopen = () => this.resume();
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = () => this.reconnectLater();
  }

  reconnectLater() {
    this.socket = null;
    if (this.followed.size === 0 && this.jobs.size === 0) return;
    this.retrying = setTimeout(() => {
      this.retrying = null;
      this.wake();
    }, this.wait * (0.5 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  /** Follow all that is followed, and be told what happened since the last event that was seen. */
  resume() {
    const since = this.seen === null ? {} : { resume: this.seen };
    this.subscribe([...this.followed.keys()], since);
    this.subscribe([...this.jobs.keys()], { images: false, ...since });
  }

  subscribe(ids, more = {}) {
    for (let start = 0; start < ids.length; start += IDS_A_MESSAGE) {
      this.socket.send(JSON.stringify({ subscribe: ids.slice(start, start + IDS_A_MESSAGE), ...more }));
    }
  }

  receive(text) {
    // Only a message proves that the connection is good; an open one may be cut at once.
    this.wait = FIRST_WAIT;
    const message = JSON.parse(text);
    if (message.eventId) this.seen = message.eventId;
    if (message.imageId) this.tell(message.imageId, message);
    else if (message.jobId) this.jobs.get(message.jobId)?.(message);
  }

  tell(id, message) {
    const one = this.followed.get(id);
    if (!one) return;
    one.heard = Date.now();
    if (message.status !== "completed" && message.status !== "failed") return;
    this.followed.delete(id);
    this.rest();
    one.listener(message);
  }

  rest() {
    if (this.followed.size > 0) return;
    clearInterval(this.asking);
    this.asking = null;
  }

  async ask() {
    const now = Date.now();
    const silent = [...this.followed].filter(([, one]) => !this.isOpen || now - one.heard > DOUBT_AFTER);
    await Promise.all(silent.slice(0, ASK_AT_ONCE).map(([id, one]) => this.askAbout(id, one)));
  }

  async askAbout(id, one) {
    // To the end of the line, so that with many the next round asks about others.
    if (this.followed.delete(id)) this.followed.set(id, one);
    one.heard = Date.now();
    try {
      const { status } = await getJson(`/status/${encodeURIComponent(id)}`);
      const isDone = status === "completed" || status === "failed";
      if (isDone) this.tell(id, await getJson(`/images/${encodeURIComponent(id)}`));
    } catch (error) {
      this.doubt(id, one, error.failure);
    }
  }

  doubt(id, one, failure) {
    const isLost = failure?.status === 404 && Date.now() - one.since > GIVE_UP_ON_UNKNOWN;
    if (isLost) this.tell(id, { status: "failed", imageId: id, failure });
  }
}
