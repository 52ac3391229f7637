// Webhooks: the latest first, each a card; one is made, and changed, in a form above them.

import { getJson, sendJson } from "./api.js";
import { announce, button, byId } from "./dom.js";
import { WebhookCard } from "./webhook.js";
import { WebhookForm } from "./webhook-form.js";

const FIRST_PAGE = "/webhooks?limit=50";
const SHOWN_AT_FIRST = 4; // besides those that need somebody's attention

export class Webhooks {
  constructor({ onAsked, onDeliveries, onDetails }) {
    this.handlers = { onAsked, onDeliveries, onDetails };
    this.cards = new Map();
    this.next = null;
    this.showsAll = false;
    this.list = byId("webhook-cards");
    this.form = new WebhookForm({ onMade: (webhook) => this.made(webhook), onChanged: (webhook) => this.changed(webhook) });
    byId("more-webhooks").onclick = () => (this.showsAll ? this.more() : this.showAll());
    this.tell("Loading…");
  }

  known() {
    return [...this.cards.values()].map((card) => card.webhook);
  }

  /** Ask for the first page; false where that was in vain. */
  async refresh() {
    try {
      const page = await getJson(FIRST_PAGE);
      await Promise.all([...this.cards.values()].map((card) => card.lookAtTest()));
      this.take(page);
      return true;
    } catch (error) {
      if (!error.failure) throw error;
      this.tell(`${error.failure.message} Asking again…`);
      return false;
    }
  }

  take({ webhooks, next }) {
    const listed = new Set(webhooks.map((one) => one.webhookId));
    const oldest = webhooks.at(-1)?.webhookId;
    for (const id of this.cards.keys()) {
      if (!listed.has(id) && (!next || id > oldest)) this.remove(id);
    }
    if (this.cards.size === 0) this.next = next ?? null;
    let place = this.list.firstElementChild;
    for (const one of webhooks) {
      const card = this.cards.get(one.webhookId);
      if (card) place = card.node.nextElementSibling;
      else this.list.insertBefore(this.cardOf(one).node, place);
      card?.update(one);
    }
    this.show();
  }

  showAll() {
    const first = this.list.querySelector(".webhook[hidden]");
    this.showsAll = true;
    this.show();
    first?.focus({ preventScroll: true });
  }

  async more() {
    const seen = this.list.lastElementChild;
    try {
      const page = await getJson(this.next);
      this.next = page.next ?? null;
      for (const one of page.webhooks) {
        if (!this.cards.has(one.webhookId)) this.list.append(this.cardOf(one).node);
      }
      this.show();
      seen?.nextElementSibling?.focus({ preventScroll: true });
    } catch (error) {
      if (!error.failure) throw error;
      this.tell(error.failure.message, button("Try again", () => this.more()));
    }
  }

  cardOf(webhook) {
    const card = new WebhookCard(webhook, {
      ...this.handlers,
      onEdit: () => this.form.open(card.webhook),
      onDeleted: () => this.deleted(card),
    });
    this.cards.set(webhook.webhookId, card);
    return card;
  }

  made(webhook) {
    const card = this.cardOf(webhook);
    this.list.prepend(card.node);
    card.showSecret(webhook.secret, "Keep this secret now: it is not shown again. Requests to this webhook are signed with it.");
    this.show();
    announce("The webhook is there, and its secret is shown once");
    this.handlers.onAsked();
  }

  changed(webhook) {
    this.cards.get(webhook.webhookId)?.update(webhook);
    this.cards.get(webhook.webhookId)?.node.focus();
    announce("The webhook is changed");
  }

  deleted(card) {
    announce(`${card.name} is deleted`);
    this.remove(card.webhook.webhookId);
    byId("new-webhook").focus();
    this.show();
    this.handlers.onAsked();
  }

  remove(webhookId) {
    this.cards.get(webhookId).node.remove();
    this.cards.delete(webhookId);
  }

  show() {
    let hidden = 0;
    [...this.list.children].forEach((node, index) => {
      const isQuiet = node.dataset.phase === "active" && node.querySelector(".secret[hidden]") !== null;
      node.hidden = !this.showsAll && index >= SHOWN_AT_FIRST && isQuiet;
      hidden += node.hidden ? 1 : 0;
    });
    if (hidden === 0 && this.next !== null) this.showsAll = true;
    byId("more-webhooks").hidden = hidden === 0 && this.next === null;
    byId("more-webhooks").textContent = hidden > 0 ? `Show ${hidden} more` : "Earlier webhooks";
    this.tell(this.cards.size > 0 ? "" : "None yet. A webhook is an address of yours that is sent a signed request for each image and job that is done, whoever uploaded it.");
  }

  tell(text, ...more) {
    byId("webhooks-notice").replaceChildren(text, ...more);
    byId("webhooks-notice").hidden = text === "";
  }
}
