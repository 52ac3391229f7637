// What is wrong with a file, cell by cell. The server tells the first thousand; so many a table can hold.

import { el } from "./dom.js";
import { count, plural } from "./format.js";

const IN_CELLS = { Row: "row", Column: "column", Issue: "issue" };
const AT_PATHS = { Path: "path", Expected: "expected", Got: "got" };

/** A table of the errors, which are the first of so many; it scrolls within itself, by keys, too. */
export function problemTable(errors, total, label) {
  const columns = "row" in (errors[0] ?? {}) ? IN_CELLS : AT_PATHS;
  const head = el("tr", {}, ...Object.keys(columns).map((title) => el("th", { scope: "col" }, title)));
  const rows = errors.map((one) => rowOf(one, Object.values(columns)));
  const table = el("table", { className: "problems" }, el("caption", {}, countOf(errors.length, total)), el("thead", {}, head), el("tbody", {}, ...rows));
  return el("div", { className: "problems-frame", tabIndex: 0, role: "region", "aria-label": label }, table);
}

function rowOf(error, names) {
  const [first, ...others] = names.map((name) => shown(error[name]));
  return el("tr", {}, el("th", { scope: "row" }, first), ...others.map((text) => el("td", {}, text)));
}

function shown(value) {
  return typeof value === "number" ? count(value) : String(value ?? "");
}

function countOf(listed, total) {
  if (!(total > listed)) return plural(listed, "problem");
  return `The first ${count(listed)} of ${plural(total, "problem")}`;
}
