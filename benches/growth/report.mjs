// What was seen, as tables in Markdown, as JSON, as CSV and as a picture.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plot } from "./plot.mjs";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const PICTURE = "![Processor time of one request, by what grows](growth.svg)";
const [BEGIN, END] = ["<!-- benches/growth/run --publish: begin -->\n", "<!-- benches/growth/run --publish: end -->"];

const COLUMNS = {
  x: ["", (value) => value.toLocaleString("en")],
  cpu: ["CPU, µs", (value) => value.toFixed(1)],
  perSecond: ["requests/s", (value) => value.toFixed(0)],
  p50: ["p50, ms", (value) => value.toFixed(2)],
  p99: ["p99, ms", (value) => value.toFixed(2)],
  memory: ["memory, MiB", (value) => value.toFixed(1)],
  each: ["bytes for each", (value) => value.toFixed(0)],
  size: ["database, MiB", (value) => value.toFixed(1)],
};

function table({ title, points }) {
  const columns = Object.entries(COLUMNS).filter(([key]) => points.some((point) => key in point));
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  const rows = points.map((point) => line(columns.map(([key, [, text]]) => (key in point ? text(point[key]) : ""))));
  return line([title, ...columns.slice(1).map(([, [head]]) => head)]) + line(columns.map(() => "---:")) + rows.join("");
}

const csv = (axes) =>
  ["axis", ...Object.keys(COLUMNS)].join(",") +
  axes.map(({ name, points }) => points.map((point) => `\n${[name, ...Object.keys(COLUMNS).map((key) => point[key] ?? "")].join(",")}`).join("")).join("") +
  "\n";

// Writes result.json, result.csv and growth.svg into the folder. Answers with the tables.
export function report(axes, seconds, folder) {
  writeFileSync(join(folder, "result.json"), JSON.stringify(axes, null, 1));
  writeFileSync(join(folder, "result.csv"), csv(axes));
  writeFileSync(join(folder, "growth.svg"), plot(axes));
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0].model}, Linux ${release()}`;
  return `${day}, ${machine}, profile ${process.env.PROFILE}; ${seconds} s for each point.\n\n${axes.map(table).join("\n")}`;
}

// Puts the tables into docs/performance.md, and the picture beside it.
export function publish(tables, folder) {
  const file = join(DOCS, "performance.md");
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has lost its mark ${BEGIN}`);
  writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n${PICTURE}\n\n${tables}\n${page.slice(end)}`);
  writeFileSync(join(DOCS, "growth.svg"), readFileSync(join(folder, "growth.svg")));
}
