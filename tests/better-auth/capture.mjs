// Writes the golden vectors in tests/vectors: what a real Better Auth issued, with the clock stopped at capture/frozen-clock.mjs.
// `npm run capture` replaces them all (every token and key is new), `npm run capture NAME…` those that are named.
// `npm run verify` judges them without Better Auth.
import { NOW } from "./capture/frozen-clock.mjs";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { VECTORS } from "./capture/vectors.mjs";

const FOLDER = new URL("../vectors/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("node_modules/better-auth/package.json", import.meta.url)));

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in VECTORS));
if (unknown.length > 0) throw new Error(`no vector ${unknown.join(", ")}; there are: ${Object.keys(VECTORS).join(", ")}`);

mkdirSync(FOLDER, { recursive: true });
for (const name of named.length > 0 ? named : Object.keys(VECTORS)) {
  const { kind, ...taken } = await VECTORS[name]();
  const vector = { kind, betterAuth: version, now: NOW, ...taken };
  writeFileSync(new URL(`${name}.json`, FOLDER), `${JSON.stringify(vector, null, 2)}\n`);
  console.log(name);
}
