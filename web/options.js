// The instructions field: examples, and what is wrong with what was written, right beside it.

import { button, byId, el } from "./dom.js";

const EXAMPLES = {
  "WebP, 1600 wide": { resize: { width: 1600 }, format: "webp" },
  "Square, 400": { resize: { width: 400, height: 400, fit: "cover" }, quality: 80 },
  "Two sizes": { renditions: { small: { resize: { width: 320 } }, large: { resize: { width: 1920 } } } },
};

export class Options {
  /** onApply() is called when the person has corrected instructions that held the uploads up. */
  constructor({ onApply }) {
    this.onApply = onApply;
    this.field = byId("instructions");
    this.errors = byId("instructions-errors");
    this.field.addEventListener("input", () => this.check());
    const examples = Object.entries(EXAMPLES).map(([name, value]) => this.example(name, value));
    byId("examples").append(...examples);
  }

  /** The text to send, "" for none; null, and an error shown, where it is no JSON. */
  text() {
    const text = this.field.value.trim();
    const wrong = syntaxError(text);
    if (wrong === null) return text;
    this.show("Uploads wait: the instructions are not valid JSON.", [wrong]);
    return null;
  }

  /** Show the server's refusal: each error with its path, what was expected and what came. */
  refuse(failure) {
    const lines = failure.errors.map((one) =>
      el(
        "span",
        {},
        el("code", {}, one.path || "(the whole)"),
        ` expected ${one.expected}, got ${one.got}`,
      ),
    );
    this.show(failure.message, lines);
  }

  show(title, lines) {
    byId("options").open = true;
    this.field.setAttribute("aria-invalid", "true");
    this.errors.replaceChildren(
      el("p", {}, el("strong", {}, title)),
      el("ul", {}, ...lines.map((line) => el("li", {}, line))),
      button("Try again with these instructions", () => this.apply(), { className: "solid" }),
    );
    this.errors.hidden = false;
  }

  apply() {
    if (this.text() === null) return;
    this.field.removeAttribute("aria-invalid");
    this.errors.hidden = true;
    this.errors.replaceChildren();
    this.field.focus();
    this.onApply();
  }

  // Says as early as possible that what is being written is not JSON yet, but quietly: no alert.
  check() {
    if (!this.errors.hidden) return;
    const isWrong = syntaxError(this.field.value.trim()) !== null;
    this.field.toggleAttribute("data-unfinished", isWrong);
  }

  example(name, value) {
    return button(name, () => {
      this.field.value = JSON.stringify(value, null, 2);
      this.field.removeAttribute("data-unfinished");
      this.field.focus();
    });
  }
}

function syntaxError(text) {
  if (text === "") return null;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error.message;
  }
}
