// Who is told, and how that went: a view of its own, which asks the server only while it is open.

import { Deliveries } from "./deliveries.js";
import { byId } from "./dom.js";
import { Webhooks } from "./webhooks.js";

const ADDRESS = "#notifications";
const ASK_EVERY = 2_000; // milliseconds
const LONGEST_WAIT = 30_000;

export class Notifications {
  constructor(details) {
    this.wait = ASK_EVERY;
    this.timer = null;
    this.isLooking = false;
    this.deliveries = new Deliveries(details, {
      webhooks: () => this.webhooks.known(),
      onAsked: () => this.wake(),
    });
    this.webhooks = new Webhooks({
      onAsked: () => this.wake(),
      onDeliveries: (webhookId) => this.deliveries.only(`webhook:${webhookId}`),
      onDetails: (deliveryId) => this.deliveries.open(deliveryId),
    });
    window.addEventListener("hashchange", () => this.turn());
    document.addEventListener("visibilitychange", () => this.wake());
    this.turn();
  }

  get isOpen() {
    return location.hash === ADDRESS;
  }

  /** Show the images instead, whichever view is open. */
  close() {
    if (this.isOpen) location.hash = "#images";
  }

  turn() {
    byId("images-view").hidden = this.isOpen;
    byId("notifications-view").hidden = !this.isOpen;
    markCurrent(byId("to-images"), !this.isOpen);
    markCurrent(byId("to-notifications"), this.isOpen);
    document.title = this.isOpen ? "Notifications · Calotype" : "Calotype";
    this.wake();
  }

  /** Look now, if anybody sees it, and then again and again for as long as somebody does. */
  wake() {
    clearTimeout(this.timer);
    if (this.isOpen && !document.hidden) this.timer = setTimeout(() => this.look(), 0);
  }

  async look() {
    if (this.isLooking) return this.lookLater();
    this.isLooking = true;
    const answered = await Promise.all([this.webhooks.refresh(), this.deliveries.refresh()]);
    this.isLooking = false;
    this.wait = answered.includes(false) ? Math.min(this.wait * 2, LONGEST_WAIT) : ASK_EVERY;
    if (this.isOpen && !document.hidden) this.lookLater();
  }

  lookLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), this.isLooking ? ASK_EVERY / 4 : this.wait);
  }
}

function markCurrent(link, isCurrent) {
  if (isCurrent) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}
