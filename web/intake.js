// How files come in: dropped anywhere, chosen, or pasted. Whole folders are walked through.

import { byId } from "./dom.js";

/** Call take(files) with each batch that the person hands over. */
export function listenForFiles(take) {
  const input = byId("files");
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = ""; // the same file may be chosen again
  });
  document.addEventListener("paste", (event) => takePasted(event, take));
  listenForDrops(take);
}

function listenForDrops(take) {
  const show = (isOver) => document.body.classList.toggle("is-dragging", isOver);
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    show(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) show(false);
  });
  document.addEventListener("drop", async (event) => {
    show(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    take(await filesOf(event.dataTransfer));
  });
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function takePasted(event, take) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  take(files.map(named));
}

// Every picture that is pasted is called image.png; the time of day tells them apart.
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const time = new Date().toTimeString().slice(0, 8).replaceAll(":", ".");
  return new File([file], `Pasted ${time}.${file.name.split(".").pop()}`, { type: file.type });
}

// The list is emptied when the event ends, hence nothing is awaited before it is read.
async function filesOf(transfer) {
  const flat = [...transfer.files];
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return flat;
  return (await Promise.all(entries.map(walk))).flat();
}

async function walk(entry) {
  if (entry.name.startsWith(".")) return []; // .DS_Store and its like
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const found = [];
  for (const child of await childrenOf(entry)) found.push(...(await walk(child)));
  return found;
}

async function childrenOf(directory) {
  const reader = directory.createReader();
  const all = [];
  for (;;) {
    // Browsers hand over at most a hundred at a time, and an empty list at the end.
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
