// One webhook: how it fares, and what can be done with it.

import { getJson, sendJson } from "./api.js";
import { sentenceOf } from "./delivery.js";
import { announce, button, copyButton, el, onEscape, refusal, setText } from "./dom.js";
import { moment, plural } from "./format.js";

const NEXT_STATE = { active: "paused", paused: "active", off: "active" };
const TO_NEXT_STATE = { active: "Pause", paused: "Resume", off: "Switch on" };

export class WebhookCard {
  constructor(webhook, { onAsked, onDeliveries, onDetails, onEdit, onDeleted }) {
    this.handlers = { onAsked, onDeliveries, onDetails, onEdit, onDeleted };
    this.tested = null; // the delivery of a test whose outcome is not known yet
    this.build(webhook);
    this.update(webhook);
  }

  build({ webhookId, createdAt }) {
    this.title = el("h3", {});
    this.description = el("bdi", {});
    this.about = el("span", { className: "row-about" }, this.description, el("span", {}, `added ${moment(createdAt)}`));
    this.state = el("p", { className: "row-state" });
    this.events = el("p", { className: "webhook-events" });
    this.outcome = el("div", { className: "webhook-outcome" });
    this.secret = el("div", { className: "secret", hidden: true });
    this.panel = el("div", { className: "webhook-panel", hidden: true, role: "group" });
    this.turn = button("Pause", () => this.change({ state: NEXT_STATE[this.webhook.state] }));
    this.test = button("Send a test", () => this.sendTest());
    this.node = el(
      "li",
      { className: "job webhook", tabIndex: -1 },
      el("div", {}, this.title, this.about), el("div", { className: "webhook-standing" }, this.state, this.events),
      this.secret, this.outcome,
      el(
        "div",
        { className: "job-actions" },
        this.test, this.turn,
        button("Deliveries", () => this.handlers.onDeliveries(webhookId)),
        button("Change", () => this.handlers.onEdit()),
        button("Rotate secret", () => this.askRotate()),
        button("Replay since…", () => this.askReplay()),
        button("Delete", () => this.askDelete()),
      ),
      this.panel,
    );
    for (const one of this.node.querySelectorAll("button")) one.setAttribute("aria-describedby", `webhook-${webhookId}`);
    this.title.id = `webhook-${webhookId}`;
  }

  get name() {
    return this.webhook.description || this.webhook.url;
  }

  get address() {
    return `/webhooks/${encodeURIComponent(this.webhook.webhookId)}`;
  }

  update(webhook) {
    this.webhook = webhook;
    const { url, description, state, health } = webhook;
    setText(this.title, url);
    setText(this.description, description);
    setText(this.state, healthOf(webhook));
    setText(this.events, webhook.eventTypes.join(", "));
    setText(this.turn, TO_NEXT_STATE[state]);
    this.test.disabled = state === "paused" || this.tested !== null;
    this.node.dataset.phase = state === "active" && health.failures > 0 ? "late" : state;
  }

  /** Show a secret, this once, until the person has it. */
  showSecret(secret, words) {
    const done = button("I have it", () => {
      this.secret.replaceChildren();
      this.secret.hidden = true;
      this.node.focus();
    });
    this.secret.replaceChildren(
      el("p", {}, words),
      el("code", { tabIndex: 0 }, secret),
      el("div", { className: "job-actions" }, copyButton(secret, "Copy", "Copy the secret"), done),
    );
    this.secret.hidden = false;
    this.secret.querySelector("button").focus();
  }

  async change(wish) {
    const webhook = await this.ask("PATCH", "", wish);
    if (webhook === null) return;
    this.update(webhook);
    announce(`${this.name}: ${this.state.textContent}`);
  }

  async sendTest() {
    const told = await this.ask("POST", "/test");
    if (told === null) return;
    this.tested = told.deliveryId;
    this.test.disabled = true;
    this.say("Test: on its way…", this.tested);
    this.node.focus();
  }

  /** See whether a test has been tried by now. */
  async lookAtTest() {
    if (this.tested === null) return;
    const delivery = await this.testAsItIs();
    if (delivery === null) return;
    if (delivery.state === "pending" && delivery.tries === 0) return;
    this.say(`Test: ${sentenceOf(delivery)}`, this.tested, delivery.state);
    announce(this.outcome.textContent);
    this.tested = null;
  }

  async testAsItIs() {
    try {
      return await getJson(`/deliveries/${encodeURIComponent(this.tested)}`);
    } catch (error) {
      if (error.failure?.status !== 404) throw error;
      this.tested = null; // it is forgotten, as is whatever came of it
      return null;
    }
  }

  askRotate() {
    this.open("Sign with another secret? The present one goes on signing for 24 hours beside it.", "Rotate", async () => {
      const told = await this.ask("POST", "/rotate");
      if (told === null) return;
      this.close();
      const until = told.previousUntil ? ` The previous one signs, too, until ${moment(told.previousUntil)}.` : "";
      this.showSecret(told.secret, `Keep this secret now: it is not shown again.${until}`);
    });
  }

  askReplay() {
    const since = el("input", { type: "datetime-local", step: 1, required: true, "aria-label": "Since" });
    this.open("Send again everything that it was sent since then, delivered or not:", "Replay", async () => {
      if (!since.reportValidity()) return;
      let count = 0;
      for (let from = new Date(since.value).toISOString(); from; ) {
        const told = await this.ask("POST", "/replay", { since: from });
        if (told === null) return;
        count += told.replayed;
        from = told.next;
      }
      this.close();
      this.say(`${plural(count, "delivery", "deliveries")} sent again.`);
      announce(this.outcome.textContent);
    }, since);
  }

  askDelete() {
    this.open("Delete this webhook, what it is still owed, and the record of what it was sent?", "Delete it", async () => {
      if ((await this.ask("DELETE", "")) !== null) this.handlers.onDeleted();
    });
  }

  /** Ask before something is done; Escape and Cancel leave it. */
  open(question, verb, onSure, field = null) {
    const opener = document.activeElement;
    const sure = button(verb, onSure, { className: "solid" });
    const cancel = button("Cancel", () => this.close(opener));
    this.panel.replaceChildren(el("p", {}, question), el("div", { className: "job-actions" }, field, sure, cancel));
    this.panel.setAttribute("aria-label", question);
    onEscape(this.panel, () => this.close(opener));
    this.panel.hidden = false;
    (field ?? cancel).focus();
  }

  close(opener = this.node) {
    this.panel.hidden = true;
    this.panel.replaceChildren();
    opener.focus();
  }

  /** Ask the server; what it answers, {} for nothing, null where it refused, which is then shown. */
  async ask(method, verb, content) {
    try {
      const told = (await sendJson(method, `${this.address}${verb}`, content)) ?? {};
      this.outcome.replaceChildren();
      this.handlers.onAsked();
      return told;
    } catch (error) {
      if (!error.failure) throw error;
      this.outcome.replaceChildren(refusal(error.failure));
      return null;
    }
  }

  say(text, deliveryId = null, phase = "pending") {
    const details = deliveryId ? button("Details", () => this.handlers.onDetails(deliveryId), { "aria-label": "Details of the test" }) : null;
    this.outcome.replaceChildren(el("p", { className: "delivery-sum", "data-phase": phase }, text, " ", details));
  }
}

/** How a webhook fares, in a sentence. */
function healthOf({ state, offReason, health }) {
  const { failures, failingSince } = health;
  if (state === "off") return `Off: ${offReason ?? "it was switched off"} Nothing is kept for it until it is switched on.`;
  if (state === "paused") return "Paused: what happens is kept for it, and sent once it is resumed.";
  if (failures > 0) return `Failing${failingSince ? ` since ${moment(failingSince)}` : ""}: ${plural(failures, "try", "tries")} in a row.`;
  return "Active";
}
