// What was sent to whom: the latest first, a page at a time, narrowed by state and endpoint.

import { getJson, sendJson } from "./api.js";
import { DeliveryRow, attemptsOf, deliveryParts } from "./delivery.js";
import { announce, byId, el } from "./dom.js";

const PAGE = 25;
const MOST = 300; // rows; who looks for more narrows them
const FOLLOWED_AT_ONCE = 4;
const STATES = { "": "Every", pending: "Pending", delivered: "Delivered", failed: "Failed" };
const ALWAYS = { "": "Every", sns: "SNS topic", email: "E-mail" };

export class Deliveries {
  /** webhooks() returns those that are known here; onAsked() is called when there will be news. */
  constructor(details, { webhooks, onAsked }) {
    this.details = details;
    this.webhooks = webhooks;
    this.onAsked = onAsked;
    this.list = byId("deliveries");
    this.states = byId("deliveries-state");
    this.endpoints = byId("deliveries-endpoint");
    this.rows = new Map();
    this.followed = new Set(); // those sent again here, until it is known what came of it
    this.shown = null; // the delivery in the dialog, and how it was
    this.states.append(...options(STATES));
    this.endpoints.append(...options(ALWAYS));
    this.states.onchange = this.endpoints.onchange = () => this.restart();
    byId("more-deliveries").onclick = () => this.more();
    this.restart();
  }

  /** List those to one endpoint, and go there. */
  only(endpoint, name = endpoint) {
    this.offer(endpoint, name);
    this.endpoints.value = endpoint;
    this.states.value = "";
    this.restart();
    byId("deliveries-title").focus();
    byId("deliveries-title").scrollIntoView({ block: "start" });
  }

  restart() {
    this.asked = {}; // answers to what was asked before are none to this
    this.next = null;
    this.rows.clear();
    this.list.replaceChildren();
    this.tell("Loading…");
    this.showEnd();
    this.onAsked();
  }

  get address() {
    const query = new URLSearchParams({ limit: PAGE });
    if (this.states.value) query.set("state", this.states.value);
    if (this.endpoints.value) query.set("endpoint", this.endpoints.value);
    return `/deliveries?${query}`;
  }

  /** Ask for the first page, and for those that are followed; false where that was in vain. */
  async refresh() {
    const { asked } = this;
    this.offerWebhooks();
    try {
      const page = await getJson(this.address);
      await this.follow();
      if (asked === this.asked) this.take(page);
      return true;
    } catch (error) {
      if (!error.failure) throw error;
      if (asked === this.asked) this.tell(`${error.failure.message} Asking again…`);
      return false;
    }
  }

  take({ deliveries, next }) {
    this.forget(deliveries, next);
    if (this.rows.size === 0) this.next = next ?? null;
    let place = this.list.firstElementChild;
    for (const one of deliveries) {
      const row = this.rows.get(one.deliveryId);
      if (row) place = row.node.nextElementSibling;
      else this.list.insertBefore(this.rowOf(one).node, place);
      row?.update(one);
    }
    this.trim();
    this.tell(this.rows.size > 0 ? "" : this.nothing());
    this.showEnd();
  }

  // Rows that the page would have, if they still were what is asked for; all of them, where it has none of them.
  forget(deliveries, next) {
    const listed = new Set(deliveries.map((one) => one.deliveryId));
    const isApart = next && !deliveries.some((one) => this.rows.has(one.deliveryId));
    const last = deliveries.at(-1);
    for (const [id, row] of this.rows) {
      if (listed.has(id)) continue;
      if (isApart || !next || isNewer(row.delivery, last)) this.remove(id);
    }
  }

  remove(deliveryId) {
    const { node } = this.rows.get(deliveryId);
    if (node.contains(document.activeElement)) byId("deliveries-title").focus();
    node.remove();
    this.rows.delete(deliveryId);
  }

  trim() {
    if (this.rows.size <= MOST) return;
    for (const node of [...this.list.children].slice(MOST)) this.remove(node.dataset.id);
    this.next = `${this.address}&before=${encodeURIComponent(this.list.lastElementChild.dataset.id)}`;
  }

  async more() {
    const { asked } = this;
    const seen = this.list.lastElementChild;
    try {
      const page = await getJson(this.next);
      if (asked !== this.asked) return;
      this.next = page.next ?? null;
      for (const one of page.deliveries) {
        if (!this.rows.has(one.deliveryId)) this.list.append(this.rowOf(one).node);
      }
      this.showEnd();
      seen?.nextElementSibling?.focus({ preventScroll: true });
    } catch (error) {
      if (!error.failure) throw error;
      this.tell(error.failure.message);
    }
  }

  rowOf(delivery) {
    const row = new DeliveryRow(delivery, {
      stateOf: (endpoint) => this.webhooks().find((one) => `webhook:${one.webhookId}` === endpoint)?.state,
      onDetails: () => this.open(delivery.deliveryId),
      onReplay: () => this.replay(delivery.deliveryId, row),
    });
    this.rows.set(delivery.deliveryId, row);
    return row;
  }

  showEnd() {
    const isFull = this.rows.size >= MOST;
    byId("more-deliveries").hidden = this.next === null || isFull;
    byId("deliveries-end").querySelector("span")?.remove();
    if (isFull && this.next !== null) {
      byId("deliveries-end").append(el("span", {}, `The latest ${MOST} are listed. Narrow them by state or endpoint to see earlier ones.`));
    }
  }

  tell(text) {
    byId("deliveries-notice").textContent = text;
    byId("deliveries-notice").hidden = text === "";
  }

  nothing() {
    if (this.states.value || this.endpoints.value) return "None of these. Choose “Every” to see the others.";
    return "Nobody has been told of anything yet. Each callbackUrl of an upload, each webhook, the SNS topic and the e-mail are listed here once something happens.";
  }

  offerWebhooks() {
    for (const { webhookId, url } of this.webhooks()) this.offer(`webhook:${webhookId}`, url);
  }

  offer(endpoint, name) {
    const known = [...this.endpoints.options].find((one) => one.value === endpoint);
    if (!known) this.endpoints.append(el("option", { value: endpoint }, short(name)));
    else if (name !== endpoint) known.textContent = short(name);
  }

  /** Open the dialog on a delivery. */
  async open(deliveryId) {
    const load = async () => {
      const delivery = await getJson(`/deliveries/${encodeURIComponent(deliveryId)}`);
      this.shown = { deliveryId, was: attemptsOf(delivery), isShown: () => true };
      return deliveryParts(delivery, {
        onReplay: () => this.replay(deliveryId, this.rows.get(deliveryId), { isOpen: true }),
        onOnly: () => {
          this.details.dialog.close();
          this.only(delivery.endpoint, delivery.to);
        },
        onImage: () => this.details.open(delivery.subjectId),
      });
    };
    const isShown = await this.details.show("Delivery", load);
    if (this.shown?.deliveryId === deliveryId) this.shown.isShown = isShown;
  }

  /** Have it sent again, and see what comes of it. */
  async replay(deliveryId, row, { isOpen = false } = {}) {
    row?.asking();
    try {
      const delivery = await sendJson("POST", `/deliveries/${encodeURIComponent(deliveryId)}/replay`);
      this.followed.add(deliveryId);
      row?.update(delivery);
      announce(`${delivery.event} is sent again`);
      if (isOpen) this.open(deliveryId);
    } catch (error) {
      if (!error.failure) throw error;
      row?.refused(error.failure);
      announce(error.failure.message);
      if (isOpen) this.details.show("Delivery", () => Promise.reject(error));
    }
    this.onAsked();
  }

  // A row that is not of the first page is not asked for with it.
  async follow() {
    await Promise.all([...this.followed].slice(0, FOLLOWED_AT_ONCE).map((id) => this.lookAt(id)));
  }

  async lookAt(deliveryId) {
    const delivery = await getJson(`/deliveries/${encodeURIComponent(deliveryId)}`).catch(() => null);
    if (delivery === null || delivery.state !== "pending" || delivery.tries > 0) this.followed.delete(deliveryId);
    if (delivery === null) return;
    this.rows.get(deliveryId)?.update(delivery);
    const { shown } = this;
    if (shown?.deliveryId === deliveryId && shown.isShown() && shown.was !== attemptsOf(delivery)) this.open(deliveryId);
  }
}

function options(names) {
  return Object.entries(names).map(([value, name]) => el("option", { value }, name));
}

function short(text) {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function isNewer(one, other) {
  const later = Date.parse(one.createdAt) - Date.parse(other.createdAt);
  return later > 0 || (later === 0 && one.deliveryId > other.deliveryId);
}
