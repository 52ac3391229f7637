// The API, made readable: drawn from the same OpenAPI document that client generators read.

import { byId, el } from "./dom.js";

const METHODS = ["get", "head", "post", "put", "patch", "delete"];
const DEEPEST = 4; // objects within one another, in an example

function resolved(api, schema) {
  return schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema ?? {};
}

/** A value's type in words: string, integer 1 to 1000, string or null. */
function typeOf(api, given) {
  const schema = resolved(api, given);
  if (schema.oneOf) return schema.oneOf.map((one) => typeOf(api, one)).join(" or ");
  if (schema.minimum !== undefined && schema.maximum !== undefined) {
    return `${schema.type} ${schema.minimum} to ${schema.maximum}`;
  }
  return schema.format ?? [schema.type ?? "object"].flat().join(" or ");
}

/** What an answer looks like: its fields, each with its type in the value's place. */
function sketch(api, given, depth = 0) {
  const schema = resolved(api, given);
  if (schema.oneOf) return sketch(api, schema.oneOf.find((one) => one.type !== "null"), depth);
  if (schema.type === "array") return [sketch(api, schema.items, depth + 1)];
  if (!schema.properties || depth > DEEPEST) return typeOf(api, schema);
  const fields = Object.entries(schema.properties);
  return Object.fromEntries(fields.map(([name, one]) => [name, sketch(api, one, depth + 1)]));
}

function table(caption, rows) {
  if (rows.length === 0) return null;
  const lines = rows.map(([name, ...cells]) =>
    el("tr", {}, el("th", { scope: "row" }, name), ...cells.map((text) => el("td", {}, text))));
  return el("table", {}, el("caption", {}, caption), el("tbody", {}, ...lines));
}

function answer(api, status, response) {
  const [kind] = Object.values(response.content ?? {});
  if (!kind?.schema || status >= 400) return null;
  const shape = JSON.stringify(sketch(api, kind.schema), null, 2);
  return el("details", {}, el("summary", {}, `What a ${status} holds`), el("pre", {}, shape));
}

function operation(api, path, method, told) {
  const parameters = (told.parameters ?? []).map((one) =>
    [one.name, one.in, typeOf(api, one.schema), one.required ? "required" : ""]);
  const answers = Object.entries(told.responses ?? {});
  return el("section", { className: "operation" },
    el("h3", {}, el("span", { className: "method" }, method), ` ${path}`),
    el("p", { className: "says" }, told.description ?? told.summary ?? ""),
    table("Parameters", parameters),
    table("Answers", answers.map(([status, one]) => [status, one.description])),
    ...answers.map(([status, one]) => answer(api, status, one)));
}

function draw(api) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => methods[one])) {
      const [tag = "other"] = methods[method].tags ?? [];
      groups.set(tag, [...(groups.get(tag) ?? []), operation(api, path, method, methods[method])]);
    }
  }
  return [...groups].flatMap(([tag, cards]) => [el("h2", {}, tag), ...cards]);
}

const reference = byId("reference");
try {
  const response = await fetch("/schema/openapi.json");
  reference.replaceChildren(...draw(await response.json()));
} catch (error) {
  reference.replaceChildren(el("p", { className: "notice", role: "alert" }, `The document could not be read: ${error}`));
}
reference.removeAttribute("aria-busy");
