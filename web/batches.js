// Where sources and jobs meet: the cards of what is being sent, and the jobs that it becomes.

import { announce, button, byId, el } from "./dom.js";
import { plural } from "./format.js";
import { Jobs } from "./jobs.js";
import { problemTable } from "./problems.js";
import { SourceCard, foundIn } from "./source.js";
import { Sources } from "./sources.js";

export class Batches {
  /** onImage(imageId, name) shows an image: a list of one URL is a single image, and no job. */
  constructor({ live, instructions, onRefusedInstructions, onFinished, onImage }) {
    this.onImage = onImage;
    this.cards = new Map();
    this.replaced = null;
    this.jobs = new Jobs({ live, onFinished });
    this.sources = new Sources({
      instructions,
      onRefusedInstructions,
      onChange: (source) => this.changed(source),
      onAccepted: (source, answer) => this.accepted(source, answer),
    });
  }

  add(files) {
    if (files.length > 0 && this.replaced) this.sources.remove(this.replaced);
    this.replaced = null;
    this.sources.add(files);
  }

  changed(source) {
    if (source.phase === "gone") return this.drop(source);
    if (!this.cards.has(source)) {
      const card = new SourceCard(source, {
        onRetry: () => this.sources.retry(source),
        onLeaveOut: () => this.sources.leaveOut(source),
        onRemove: () => this.dismiss(source),
        onChooseAnother: () => this.chooseAnother(source),
      });
      this.cards.set(source, card);
      byId("sources").append(card.node);
      this.jobs.show();
    }
    return this.cards.get(source).update(this.sources.held);
  }

  accepted(source, answer) {
    const hadFocus = this.cards.get(source).node.contains(document.activeElement);
    this.drop(source);
    if (!answer.jobId) return this.becameImage(source, answer.imageId);
    const card = this.jobs.follow(answer, source.name, leftOut(answer));
    if (hadFocus) card.node.focus();
    return announce(`${source.name}: ${foundIn(source)}The job has been started`);
  }

  becameImage(source, imageId) {
    const details = button("Details", () => this.onImage(imageId, source.name), { "aria-label": `Details of ${source.name}` });
    this.jobs.notice(`${source.name} was one URL: its image is on its way. `, details);
    announce(`${source.name}: its image is on its way`);
  }

  chooseAnother(source) {
    this.replaced = source; // and stays, in case nothing is chosen
    byId("files").click();
  }

  dismiss(source) {
    this.sources.remove(source);
    byId("files").focus();
  }

  drop(source) {
    this.cards.get(source)?.node.remove();
    this.cards.delete(source);
    this.jobs.show();
  }
}

function leftOut({ rowsLeft, errors, errorCount }) {
  if (!rowsLeft) return null;
  const summary = el("summary", {}, `${plural(rowsLeft, "row")} left out`);
  return el("details", { className: "left-out" }, summary, problemTable(errors, errorCount, "Problems of the rows that were left out"));
}
