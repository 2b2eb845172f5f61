// Writes src/contract.ts, the types of ../openapi.json. With --check it writes nothing, and fails where it would.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const TARGET = new URL("src/contract.ts", import.meta.url);

const HEADER = "// Generated from ../../openapi.json by `npm run generate`. Not to be changed here.\n\n";

const types = await openapiTS(new URL("../openapi.json", import.meta.url), {
  // `Todo` beside `components["schemas"]["Todo"]`.
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
});
const generated = HEADER + astToString(types);

if (!process.argv.includes("--check")) {
  await writeFile(TARGET, generated);
} else if (generated !== (await readFile(TARGET, "utf8").catch(() => ""))) {
  console.error("src/contract.ts is not what becomes of ../openapi.json: run `npm run generate` in openapi/client");
  process.exitCode = 1;
}
