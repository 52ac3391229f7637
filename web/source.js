// One CSV, ZIP or list on its way to being a job: what is wrong with it, and what can be done.

import { announce, button, el, setText } from "./dom.js";
import { bytes, count, plural } from "./format.js";
import { problemTable } from "./problems.js";

export class SourceCard {
  constructor(source, { onRetry, onLeaveOut, onChooseAnother, onRemove }) {
    this.source = source;
    this.handlers = { onRetry, onLeaveOut, onChooseAnother, onRemove };
    this.shownPhase = null;
    this.state = el("p", { className: "row-state" });
    this.bar = el("progress", { className: "bar", max: 1, hidden: true });
    this.outcome = el("div", { className: "outcome" });
    const head = el("div", {}, el("h3", {}, source.name), el("span", { className: "row-about" }, bytes(source.size)));
    this.node = el("li", { className: "job", tabIndex: -1 }, head, this.state, this.bar, this.outcome);
  }

  update(isHeld) {
    const { source } = this;
    setText(this.state, stateOf(source, isHeld));
    this.showBar();
    if (source.phase === this.shownPhase) return;
    this.shownPhase = source.phase;
    this.node.dataset.phase = { wrong: "failed", refused: "failed" }[source.phase] ?? source.phase;
    const hadFocus = this.node.contains(document.activeElement);
    this.outcome.replaceChildren(...this.outcomeOf());
    if (hadFocus && !this.node.contains(document.activeElement)) this.node.focus();
    if (source.phase === "wrong" || source.phase === "refused") announce(`${source.name}: ${this.state.textContent}`);
  }

  showBar() {
    const { phase, sent, name } = this.source;
    this.bar.hidden = phase !== "checking" && phase !== "sending";
    this.bar.setAttribute("aria-label", `${name}, ${phase}`);
    // Once all is sent, nobody knows how long the server takes to read it.
    if (sent < 1) this.bar.value = sent;
    else this.bar.removeAttribute("value");
  }

  outcomeOf() {
    if (this.source.phase === "wrong") return this.problems();
    if (this.source.phase === "refused") return this.refusal();
    return [];
  }

  problems() {
    const { source } = this;
    const { errors, errorCount, rowsLeft, images } = source.found;
    const leave = button(
      `Leave out ${rowsLeft === 1 ? "that row" : `those ${count(rowsLeft)} rows`}, start with ${plural(images, "image")}`,
      () => this.handlers.onLeaveOut(source),
      { className: "solid" },
    );
    return [
      problemTable(errors, errorCount, `Problems of ${source.name}`),
      el("div", { className: "job-actions" }, leave, this.another(), this.dismiss()),
    ];
  }

  refusal() {
    const { source } = this;
    const { message, code, errors, errorCount, retry } = source.failure;
    const again = retry ? button("Try again", () => this.handlers.onRetry(source), { className: "solid" }) : null;
    // A single problem is what the message says already.
    const table = errors.length > 1 ? problemTable(errors, errorCount, `Problems of ${source.name}`) : null;
    return [
      el("div", { className: "refusal" }, el("p", {}, message, " ", el("code", {}, code))),
      ...(table ? [table] : []),
      el("div", { className: "job-actions" }, again, this.another(), this.dismiss()),
    ];
  }

  another() {
    return button("Choose another file", () => this.handlers.onChooseAnother(this.source));
  }

  dismiss() {
    return button("Dismiss", () => this.handlers.onRemove(this.source), { "aria-label": `Dismiss ${this.source.name}` });
  }
}

function stateOf(source, isHeld) {
  const percent = `${Math.floor(source.sent * 100)}\u00a0%`;
  switch (source.phase) {
    case "queued":
      return isHeld ? "Waiting for the instructions to be corrected" : "Waiting its turn";
    case "checking":
      return source.sent < 1 ? `Sending it to be checked, ${percent}` : "Checking every row…";
    case "sending":
      return `${foundIn(source)}${source.sent < 1 ? `Uploading, ${percent}` : "Starting…"}`;
    case "wrong":
      return `${plural(source.found.rowsLeft, "row")} of ${count(source.found.rows)} cannot be used as they are. Nothing has been started.`;
    default:
      return "Refused. Nothing has been started.";
  }
}

/** What a check has found, as a sentence: "4,300 rows with 4,310 images. " */
export function foundIn({ found }) {
  if (!found) return "";
  const images = plural(found.images, "image");
  return found.rows === undefined ? `${images}. ` : `${plural(found.rows, "row")} with ${images}. `;
}
