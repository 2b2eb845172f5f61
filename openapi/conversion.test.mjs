// openapi-3.1.json decides as openapi.json does: a value of each schema, and what becomes of it when a member is left out,
// added or something else, is valid in both or in neither.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const OLD = read("openapi.json");
const NEW = read("openapi-3.1.json");
const SCHEMAS = OLD.components.schemas;

const INSTANT = "2027-01-01T00:00:00Z";
const WRONG = [null, true, -1, 0.5, 1e9, "", " ", "a\0b", "no such thing", "x".repeat(20_000), INSTANT, [], [null], {}];

// Answers with a function that finds what decides for the component of this name.
function deciders(Version, document) {
  // Both versions have words that JSON Schema does not know; `nullable` is one that Ajv does.
  const ajv = addFormats(new Version({ strict: false }));
  ajv.addSchema(document, "document");
  return (name) => ajv.getSchema(`document#/components/schemas/${name}`);
}

function resolve(schema) {
  if (schema.allOf) return resolve(schema.allOf[0]);
  return schema.$ref ? SCHEMAS[schema.$ref.split("/").at(-1)] : schema;
}

// A valid value, with every member that there can be.
function sample(schema) {
  const { type, example, properties = {}, minimum = 1, format, ...rest } = resolve(schema);
  if (type === "object") {
    const members = Object.entries(properties).map(([name, property]) => [name, sample(property)]);
    return { ...Object.fromEntries(members), ...example };
  }
  const text = format === "date-time" ? INSTANT : "text";
  return example ?? rest.enum?.[0] ?? { string: text, boolean: true, array: [], integer: minimum, number: minimum }[type];
}

// What may be valid or not, one difference from the sample in each.
function* variants(schema) {
  const whole = sample(schema);
  yield* [...WRONG, ...(schema.enum ?? [])];
  if (schema.type !== "object") return;
  yield { ...whole, unheardOf: true };
  for (const [name, property] of Object.entries(schema.properties)) {
    const { [name]: _, ...rest } = whole;
    yield rest;
    for (const value of [...WRONG, ...(resolve(property).enum ?? [])]) yield { ...rest, [name]: value };
  }
}

test("both have the same schemas", () => {
  assert.deepEqual(Object.keys(NEW.components.schemas), Object.keys(SCHEMAS));
});

const decidersOld = deciders(Ajv, OLD);
const decidersNew = deciders(Ajv2020, NEW);

for (const [name, schema] of Object.entries(SCHEMAS)) {
  test(`both decide alike about ${name}`, () => {
    const [isValidOld, isValidNew] = [decidersOld(name), decidersNew(name)];
    assert.ok(isValidOld(sample(schema)), `no sample: ${JSON.stringify(sample(schema))}`);
    for (const value of [sample(schema), ...variants(schema)]) {
      assert.equal(isValidNew(value), isValidOld(value), JSON.stringify(value).slice(0, 300));
    }
    assert.ok([...variants(schema)].some((value) => !isValidOld(value)), "none is refused");
  });
}
