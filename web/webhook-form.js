// The form in which a webhook is made or changed, with what is wrong right in it.

import { sendJson } from "./api.js";
import { byId, el, onEscape, refusal } from "./dom.js";

// What a webhook can be told of, and what that means; those that are on are so by default.
const EVENTS = {
  "image.completed": ["An image that was uploaded by itself is done", true],
  "image.failed": ["An image that was uploaded by itself has failed", true],
  "job.finished": ["Every image of a job is done or has failed", true],
  "job.image.completed": ["An image of a job is done (of a large job these are very many)", false],
  "job.image.failed": ["An image of a job has failed", false],
  "rendition.completed": ["More renditions of an image, asked for later, are done", false],
  "rendition.failed": ["More renditions of an image could not be made", false],
  "webhook.off": ["A webhook was switched off", false],
};

export class WebhookForm {
  constructor({ onMade, onChanged }) {
    this.handlers = { onMade, onChanged };
    this.form = byId("webhook-form");
    this.opener = byId("new-webhook");
    this.url = byId("webhook-url");
    this.description = byId("webhook-description");
    this.errors = byId("webhook-errors");
    this.webhook = null; // the one that is changed, null for a new one
    byId("webhook-events").append(...Object.entries(EVENTS).map(([name, [meaning]]) => choice(name, meaning)));
    this.opener.onclick = () => (this.form.hidden || this.webhook ? this.open(null) : this.close());
    byId("webhook-cancel").onclick = () => this.close();
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.save();
    };
    onEscape(this.form, () => this.close());
  }

  get choices() {
    return [...this.form.querySelectorAll("input[type=checkbox]")];
  }

  /** Open the form for a webhook that is there, or (null) for a new one. */
  open(webhook) {
    this.webhook = webhook;
    this.form.hidden = false;
    this.opener.setAttribute("aria-expanded", String(webhook === null));
    byId("webhook-form-title").textContent = webhook ? "Change the webhook" : "New webhook";
    byId("webhook-save").textContent = webhook ? "Save" : "Create";
    this.url.value = webhook?.url ?? "";
    this.description.value = webhook?.description ?? "";
    for (const one of this.choices) one.checked = webhook ? webhook.eventTypes.includes(one.value) : EVENTS[one.value][1];
    this.refuse(null);
    this.url.focus();
    this.form.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.form.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.focus();
  }

  async save() {
    const { webhook } = this;
    const asked = {
      url: this.url.value.trim(),
      eventTypes: this.choices.filter((one) => one.checked).map((one) => one.value),
      description: this.description.value.trim(),
    };
    byId("webhook-save").disabled = true;
    try {
      const saved = webhook
        ? await sendJson("PATCH", `/webhooks/${encodeURIComponent(webhook.webhookId)}`, asked)
        : await sendJson("POST", "/webhooks", asked);
      this.close();
      if (webhook) this.handlers.onChanged(saved);
      else this.handlers.onMade(saved);
    } catch (error) {
      if (!error.failure) throw error;
      this.refuse(error.failure);
    } finally {
      byId("webhook-save").disabled = false;
    }
  }

  /** Say what is wrong, mark the fields that it is about, and go to the first of them. */
  refuse(failure) {
    const about = (name) => failure?.errors.some((one) => one.path.startsWith(name)) ?? false;
    const fields = { url: this.url, eventTypes: byId("webhook-events"), description: this.description };
    for (const [name, field] of Object.entries(fields)) field.setAttribute("aria-invalid", String(about(name)));
    this.errors.replaceChildren(...(failure ? [refusal(failure)] : []));
    if (about("url")) this.url.focus();
  }
}

function choice(name, meaning) {
  const box = el("input", { type: "checkbox", name: "eventTypes", value: name });
  return el("label", { className: "choice" }, box, el("span", {}, el("code", {}, name), " ", el("span", { className: "quiet" }, meaning)));
}
