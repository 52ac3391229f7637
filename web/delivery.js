// One notification to one endpoint: a line of it, and everything about it.

import { factList, idOf, section } from "./details.js";
import { button, el, refusal, setText } from "./dom.js";
import { duration, moment, plural, waiting, words } from "./format.js";

const CHANNELS = { webhook: "HTTP request", sns: "SNS topic", email: "E-mail" };
const HELD = { paused: "its webhook is paused", off: "its webhook is off" };

export class DeliveryRow {
  /** stateOf(endpoint) returns a webhook's state, undefined where it is not known. */
  constructor(delivery, { stateOf, onDetails, onReplay }) {
    this.stateOf = stateOf;
    this.event = el("span", { className: "delivery-event" }, delivery.event);
    this.state = el("span", { className: "delivery-state" });
    this.problem = el("div", { className: "delivery-problem" });
    const about = `${delivery.event} to ${delivery.to}`;
    this.again = button("Replay", onReplay, { "aria-label": `Replay ${about}` });
    this.node = el(
      "li",
      { className: "delivery", tabIndex: -1, "data-id": delivery.deliveryId },
      this.event,
      el("time", { dateTime: delivery.createdAt }, moment(delivery.createdAt)),
      el("span", { className: "delivery-to", title: delivery.to }, delivery.to),
      el("span", { className: "delivery-about" }, subjectOf(delivery), " ", el("code", {}, shortened(delivery.subjectId))),
      this.state,
      el("span", { className: "delivery-actions" }, this.again, button("Details", onDetails, { "aria-label": `Details of ${about}` })),
      this.problem,
    );
    this.update(delivery);
  }

  update(delivery) {
    this.delivery = delivery;
    const isTried = delivery.tries > 0;
    this.node.dataset.phase = delivery.state === "pending" && isTried ? "late" : delivery.state;
    // A test is sent to a webhook that is off as well.
    const isHeld = delivery.event !== "webhook.test";
    setText(this.state, sentenceOf(delivery, isHeld ? this.stateOf(delivery.endpoint) : undefined));
    setText(this.again, delivery.state === "pending" ? "Try now" : "Replay");
    this.again.hidden = delivery.state === "pending" && !isTried;
    this.again.disabled = false;
    this.problem.replaceChildren();
  }

  asking() {
    this.again.disabled = true;
  }

  refused(failure) {
    this.again.disabled = false;
    this.problem.replaceChildren(refusal(failure));
  }
}

/** What tells whether anything has been tried since. */
export function attemptsOf({ state, tries, attempts }) {
  return `${state} ${tries} ${attempts.length}`;
}

/** Where a delivery stands, in a sentence. */
export function sentenceOf(delivery, webhookState) {
  const { state, tries, attempts } = delivery;
  const last = attempts.at(-1);
  if (state === "delivered") return ["Delivered", tries > 1 ? `at try ${tries}` : "", resultOf(last)].filter(Boolean).join(" ");
  if (state === "failed") return `Failed after ${plural(tries, "try", "tries")}: ${resultOf(last) || "it was given up"}`;
  const next = HELD[webhookState] ? `waits, for ${HELD[webhookState]}` : `next ${waiting(Date.parse(delivery.nextAttemptAt) - Date.now())}`;
  if (tries > 0) return `Try ${tries} failed: ${resultOf(last)}; ${next}`;
  return HELD[webhookState] ? `Waits, for ${HELD[webhookState]}` : "Waiting for its turn";
}

/** What an attempt came to: the status of the answer, or else what went wrong. */
function resultOf(attempt) {
  if (attempt === undefined) return "";
  return attempt.status === undefined ? words(String(attempt.code ?? "")).replaceAll("_", " ").toLowerCase() : `(${attempt.status})`;
}

/** The parts of the dialog that tell everything of a delivery. */
export function deliveryParts(delivery, { onReplay, onOnly, onImage }) {
  const isImage = subjectOf(delivery) === "Image";
  const again = button(delivery.state === "pending" ? "Try now" : "Replay", (event) => {
    event.currentTarget.disabled = true;
    onReplay();
  }, { className: "solid" });
  return [
    el("p", { className: "delivery-sum", "data-phase": delivery.state }, sentenceOf(delivery)),
    el("div", { className: "job-actions" }, again, button("Only this endpoint", onOnly), isImage ? button("The image", onImage) : null),
    factsOf(delivery),
    section("Attempts", attemptList(delivery)),
    section("Body", el("pre", { className: "sent", tabIndex: 0, "aria-label": "What is sent" }, JSON.stringify(delivery.body, null, 2))),
  ];
}

function factsOf(delivery) {
  return factList([
    ["Event", delivery.event],
    ["Through", CHANNELS[delivery.channel] ?? delivery.channel],
    ["Since", moment(delivery.createdAt)],
    ...(delivery.nextAttemptAt ? [["Next try", moment(delivery.nextAttemptAt)]] : []),
    ["To", el("code", {}, delivery.to)],
    [`${subjectOf(delivery)} id`, idOf(delivery.subjectId, "subject")],
    ["webhook-id, the same on every try", idOf(delivery.deliveryId, "delivery")],
  ]);
}

function attemptList({ attempts }) {
  if (attempts.length === 0) return el("p", { className: "quiet" }, "None yet.");
  return el("ol", { className: "history attempts" }, ...attempts.map(attemptOf).reverse());
}

function attemptOf(attempt) {
  const { at, seconds, code, status, answer } = attempt;
  const result = [status === undefined ? null : `Status ${status}`, code].filter((one) => one !== null && one !== undefined);
  return el(
    "li",
    { "data-phase": code ? "failed" : "completed" },
    el("span", { className: "history-status" }, result.join(" · ") || "Taken"),
    el("time", { dateTime: at }, moment(at)),
    el("span", { className: "quiet" }, `took ${duration(seconds * 1000)}`),
    answer ? el("pre", { tabIndex: 0, "aria-label": "The answer" }, answer) : null,
  );
}

function subjectOf({ event }) {
  if (event.startsWith("webhook.")) return "Webhook";
  return event.includes("image") ? "Image" : "Job";
}

function shortened(id) {
  return id.length > 13 ? `…${id.slice(-12)}` : id;
}
