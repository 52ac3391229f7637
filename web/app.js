// The page as a parts list: each part knows its own piece of the document, and is told of the others here.

import { Batches } from "./batches.js";
import { Details } from "./details.js";
import { announce, byId } from "./dom.js";
import { plural } from "./format.js";
import { Gallery } from "./gallery.js";
import { listenForFiles } from "./intake.js";
import { Live } from "./live.js";
import { Notifications } from "./notifications.js";
import { Options } from "./options.js";
import { Session } from "./session.js";
import { isSource } from "./sources.js";
import { Uploads, canRetry, isFinished } from "./upload.js";

const live = new Live();
const details = new Details();
const notifications = new Notifications(details);
const options = new Options({
  onApply: () => {
    uploads.resume();
    batches.sources.resume();
  },
});

const uploads = new Uploads({
  instructions: () => options.text(),
  onRefusedInstructions: (failure) => options.refuse(failure),
  onAccepted: (item) => live.follow(item.imageId, (message) => uploads.settle(item, message)),
  onChange: (item) => session.changed(item),
});

const session = new Session(uploads, {
  onDetails: (item) => details.open(item.imageId, item.name),
  onRetry: (item) => uploads.retry(item),
});

const gallery = new Gallery({
  live,
  isListed: (imageId) => uploads.items.some((item) => item.imageId === imageId),
  onDetails: (imageId) => details.open(imageId),
});

const batches = new Batches({
  live,
  instructions: () => options.text(),
  onRefusedInstructions: (failure) => options.refuse(failure),
  onFinished: () => gallery.reload(),
  onImage: (imageId, name) => details.open(imageId, name),
});

listenForFiles((files) => {
  if (files.length === 0) return;
  live.wake();
  notifications.close();
  announce(`${plural(files.length, "file")} added`);
  batches.add(files.filter(isSource));
  uploads.add(files.filter((file) => !isSource(file)));
});

byId("retry-all").onclick = () => uploads.items.filter(canRetry).forEach((item) => uploads.retry(item));
byId("cancel-waiting").onclick = () => {
  uploads.cancelWaiting();
  session.redraw();
  byId("files").focus();
};
byId("clear-finished").onclick = () => {
  uploads.clearFinished();
  session.redraw();
  gallery.reload();
  byId("files").focus();
};

// What is still on its way would be lost; what was accepted is safe with the server.
window.addEventListener("beforeunload", (event) => {
  if (batches.sources.isBusy) event.preventDefault();
  if (uploads.items.some((item) => !isFinished(item) && item.phase !== "processing")) event.preventDefault();
});

batches.jobs.load();
gallery.reload();
