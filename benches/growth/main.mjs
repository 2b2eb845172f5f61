// Grows what the service holds, and measures a request at each step. Started by `run`, which says what the options are.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AXES } from "./axes.mjs";
import { publish, report } from "./report.mjs";

const FOLDER = process.env.BENCH_FOLDER;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "4" },
    identities: { type: "string", default: "1000000" },
    rows: { type: "string", default: "5000000" },
    connections: { type: "string", default: "10000" },
    publish: { type: "boolean", default: false },
  },
});
const [seconds, identities, rows, connections] = [values.seconds, values.identities, values.rows, values.connections].map(Number);
const names = positionals.length > 0 ? positionals : Object.keys(AXES);
const unknown = names.find((name) => !(name in AXES));
if (unknown) throw new Error(`${unknown} is no axis; there are ${Object.keys(AXES).join(", ")}`);

// What has been started ends with this process, if that one may say good-bye.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const axes = [];
for (const name of names) {
  const folder = join(FOLDER, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const say = (text) => process.stderr.write(`benches/growth: ${text}\n`);
  try {
    const points = await AXES[name].measure({ folder, seconds, identities, rows, connections, say });
    axes.push({ name, title: AXES[name].title, points });
  } catch (error) {
    // What the others take minutes to find out is not lost.
    say(`${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
const tables = report(axes, seconds, FOLDER);
process.stdout.write(tables);
if (values.publish && !process.exitCode) publish(tables, FOLDER);
process.exit();
