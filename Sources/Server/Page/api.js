// The API's description, rendered from /openapi.json: operations by tag, with parameters, bodies and answers.
import { $, el } from "./dom.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
let spec;

function resolve(node) {
  if (!node?.$ref) return node;
  return node.$ref.slice(2).split("/").reduce((at, key) => at[key], spec);
}

const schemaName = (node) => node?.$ref?.match(/schemas\/(\w+)$/)?.[1];

/** Text whose `words in backticks` are code; its lines go on but where one is empty between them. */
function prose(tag, text, properties = {}) {
  const lines = text.trim().replace(/(?<!\n)\n(?!\n)/g, " ");
  return el(tag, properties, lines.split("`").map((piece, index) => (index % 2 ? el("code", { text: piece }) : piece)));
}

/** A schema in one line: `string, 1…200 characters`. */
function inWords(node) {
  const schema = resolve(node);
  if (!schema) return "anything";
  if (schema.anyOf) return schema.anyOf.map((each) => schemaName(each) ?? inWords(each)).join(" or ");
  if (schema.allOf) return schema.allOf.map((each) => schemaName(each) ?? inWords(each)).join(" with ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const limits = [];
  const range = (low, high, unit) => {
    if (low === undefined && high === undefined) return;
    limits.push(`${low ?? ""}…${high ?? ""}${unit}`);
  };
  range(schema.minLength, schema.maxLength, " characters");
  range(schema.minimum, schema.maximum, "");
  range(schema.minItems, schema.maxItems, " items");
  if (schema.default !== undefined) limits.push(`${JSON.stringify(schema.default)} when left out`);
  const type = [schema.type ?? "object"].flat().join(" or ");
  const items = schema.items ? ` of ${schemaName(schema.items) ?? inWords(schema.items)}` : "";
  return [`${schema.format ?? type}${items}`, ...limits].join(", ");
}

function schemaLink(name) {
  return el("a", { href: `#schema-${name}`, text: name });
}

/** The fields of an object, nested objects indented. */
function fields(node, depth = 0) {
  const schema = resolve(node);
  if (schema?.allOf) return el("div", {}, schema.allOf.map((each) => shape(each, depth)));
  const entries = Object.entries(schema?.properties ?? {});
  if (!entries.length) return el("p", { class: "quiet", text: inWords(node) });
  return el("ul", { class: "fields" }, entries.map(([name, property]) => {
    const inner = resolve(property);
    const list = inner.type === "array" ? resolve(inner.items) : inner;
    const nested = depth < 4 && !schemaName(property) && !schemaName(inner.items) && (list?.properties || list?.allOf);
    const named = schemaName(property) ?? schemaName(inner.items);
    return el(
      "li", {},
      el("code", { text: name }),
      schema.required?.includes(name) ? el("span", { class: "badge", text: "required" }) : null,
      el("span", { class: "quiet" }, inWords(property), named ? [" – ", schemaLink(named)] : null),
      inner.description ? prose("p", inner.description, { class: "quiet" }) : null,
      nested ? fields(inner.type === "array" ? inner.items : property, depth + 1) : null,
    );
  }));
}

function shape(node, depth = 0) {
  const name = schemaName(node);
  return name ? el("p", {}, schemaLink(name)) : fields(node, depth);
}

/** A small value that fits a schema, for the curl line. */
function example(node, name = "") {
  const schema = resolve(node);
  if (!schema) return null;
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((each) => example(each)));
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.properties) {
    const names = Object.keys(schema.properties);
    const required = schema.required ?? [names.find((key) => schema.properties[key].minItems) ?? names[0]];
    return Object.fromEntries(required.map((key) => [key, example(schema.properties[key], key)]));
  }
  if (schema.type === "array") return [example(schema.items, name)];
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  if (schema.type === "boolean") return true;
  return name === "password" ? "a long password" : name === "name" ? "Evening" : "ID";
}

function curl(path, method, operation, parameters) {
  const query = parameters.filter(({ in: place, required }) => place === "query" && required)
    .map(({ name, schema }) => `${name}=${encodeURIComponent(schema.enum?.[0] ?? "gold")}`).join("&");
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => name.toUpperCase());
  const address = `${location.origin}${filled}${query ? `?${query}` : ""}`;
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}'${address}'`];
  if ((operation.security ?? spec.security).length) lines.push("-H 'Authorization: Bearer TOKEN'");
  const content = operation.requestBody?.content ?? {};
  if (content["application/json"]) {
    const body = JSON.stringify(example(content["application/json"].schema));
    lines.push("-H 'Content-Type: application/json'", `-d '${body}'`);
  } else if (Object.keys(content).length) lines.push("--data-binary @FILE");
  return lines.join(" \\\n  ");
}

function answers(responses) {
  return el("dl", { class: "answers-list" }, Object.entries(responses).flatMap(([status, node]) => {
    const { description, content } = resolve(node);
    const [type, media] = Object.entries(content ?? {})[0] ?? [];
    return [
      el("dt", {}, el("code", { text: status === "default" ? "else" : status })),
      el("dd", {}, el("span", { text: `${description}${type ? ` (${Object.keys(content).join(", ")})` : ""}` }),
        media && type === "application/json" ? shape(media.schema) : null),
    ];
  }));
}

function parameterRow({ name, in: place, required, schema, description }) {
  return el(
    "li", {},
    el("code", { text: name }),
    required ? el("span", { class: "badge", text: "required" }) : null,
    el("span", { class: "quiet", text: `in the ${place}, ${inWords(schema)}` }),
    description ? prose("p", description, { class: "quiet" }) : null,
  );
}

function operationBox(path, method, operation, shared) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolve);
  const content = Object.entries(operation.requestBody?.content ?? {})[0];
  return el(
    "details", { class: "operation", id: operation.operationId, "data-test": "operation" },
    el("summary", {}, el("span", { class: "method", text: method.toUpperCase() }), el("code", { text: path }),
      el("span", { class: "quiet", text: operation.summary })),
    operation.description ? prose("p", operation.description) : null,
    parameters.length ? el("h3", { text: "Parameters" }) : null,
    parameters.length ? el("ul", { class: "fields" }, parameters.map(parameterRow)) : null,
    content ? el("h3", { text: `Body (${content[0]})` }) : null,
    content ? shape(content[1].schema) : null,
    el("h3", { text: "Answers" }),
    answers(operation.responses),
    el("h3", { text: "Example" }),
    el("pre", { tabindex: 0, "aria-label": `Example of ${operation.summary}` },
      el("code", { text: curl(path, method, operation, parameters) })),
  );
}

function operationsOf(tag) {
  return Object.entries(spec.paths).flatMap(([path, item]) => METHODS
    .filter((method) => item[method]?.tags?.includes(tag))
    .map((method) => operationBox(path, method, item[method], item.parameters ?? [])));
}

function render() {
  const tags = spec.tags.map(({ name }) => ({ name, boxes: operationsOf(name) })).filter(({ boxes }) => boxes.length);
  const title = (name) => name[0].toUpperCase() + name.slice(1);
  $("#description").replaceWith(prose("p", spec.info.description, { id: "description", class: "lead" }));
  $("#operations").replaceChildren(
    ...tags.map(({ name, boxes }) => el("section", { id: name }, el("h2", { text: title(name) }), boxes)),
    el("section", { id: "schemas" }, el("h2", { text: "Schemas" }),
      Object.entries(spec.components.schemas).map(([name, schema]) => el(
        "section", { id: `schema-${name}`, class: "schema" }, el("h3", { text: name }),
        schema.description ? prose("p", schema.description, { class: "quiet" }) : null, fields(schema),
      ))),
  );
  $("#contents").replaceChildren(...[...tags.map(({ name }) => name), "schemas"]
    .map((name) => el("li", {}, el("a", { href: `#${name}`, text: title(name) }))));
  const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  if (target?.matches("details")) target.open = true;
  target?.scrollIntoView();
}

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  spec = await response.json();
  render();
} catch (failure) {
  const text = `The API's description could not be loaded. ${failure.message}`;
  $("#operations").replaceChildren(el("p", { role: "alert", text }));
}
