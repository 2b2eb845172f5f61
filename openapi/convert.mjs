// Writes openapi-3.1.json, openapi.json in the words of OpenAPI 3.1. With --check it only looks whether that was done.
// The upgrader asks for Node 22, npm says so; all that it uses Node 20 has, too.
import { readFileSync, writeFileSync } from "node:fs";
import { upgrade } from "@scalar/openapi-upgrader";

const OLD = new URL("openapi.json", import.meta.url);
const NEW = new URL("openapi-3.1.json", import.meta.url);

const converted = `${JSON.stringify(upgrade(JSON.parse(readFileSync(OLD, "utf8")), "3.1"), null, 2)}\n`;

if (process.argv[2] !== "--check") {
  writeFileSync(NEW, converted);
} else if (readFileSync(NEW, "utf8") !== converted) {
  console.error("openapi-3.1.json is not what openapi.json says now: run node openapi/convert.mjs");
  process.exitCode = 1;
}
