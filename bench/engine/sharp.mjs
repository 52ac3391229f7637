// sharp as its users write it well: shrink on load, the largest first, each from the next larger.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { writeFile } from "node:fs/promises";

const require = createRequire(`${process.env.CALOTYPE_PEERS}/`);
const sharp = require("sharp");
sharp.cache(false);
sharp.concurrency(1);

const OPTIONS = {
  jpeg: (quality) => ({ quality }),
  png: () => ({ compressionLevel: 6 }),
  webp: (quality) => ({ quality, effort: 2 }),
  avif: (quality) => ({ quality, effort: 1 }),
};

async function make({ source, folder, outputs }) {
  const began = process.hrtime.bigint();
  let input = sharp(source, { sequentialRead: true });
  for (const [at, { name, box, format, quality }] of outputs.entries()) {
    let image = input.clone();
    if (box) image = image.resize(box[0], box[1], { fit: "inside", withoutEnlargement: true });
    const last = at === outputs.length - 1;
    const pixels = last ? image : await image.raw().toBuffer({ resolveWithObject: true });
    if (!last) {
      input = sharp(pixels.data, { raw: pixels.info });
      image = input.clone();
    }
    await writeFile(`${folder}/${name}`, await image.toFormat(format, OPTIONS[format](quality)).toBuffer());
  }
  return Number(process.hrtime.bigint() - began) / 1e9;
}

for await (const line of createInterface({ input: process.stdin })) {
  let seconds = null;
  try {
    seconds = await make(JSON.parse(line));
  } catch {
    // What it cannot read is no figure: the side says so.
  }
  process.stdout.write(`${JSON.stringify({ seconds })}\n`);
}
