// What was seen, as tables in Markdown, as JSON and as a picture.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { plot } from "./plot.mjs";
import { floorOf } from "./subjects.mjs";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const PICTURE = "![Processor time of one request, by what is asked](performance.svg)";
const [BEGIN, END] = ["<!-- benches/http/run --publish: begin -->\n", "<!-- end -->"];

const sorted = (values) => values.toSorted((left, right) => left - right);

function median(values) {
  const [ordered, middle] = [sorted(values), values.length / 2];
  return (ordered[Math.floor(middle)] + ordered[Math.ceil(middle) - 1]) / 2;
}

// The median, and the least and the greatest.
function spread(values, digits) {
  const [least, ...others] = sorted(values);
  const text = (value) => value.toFixed(digits);
  return `${text(median(values))} (${text(least)} to ${text(others.at(-1) ?? least)})`;
}

const digitsOf = (value) => (value < 10 ? 1 : 0);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map((_, column) => (column === 0 ? "---" : "---:"))) + rows.map(line).join("");
}

// To what the same round has seen of the hello that answers alike.
const ratios = (rounds, floor) => rounds.map(({ cpu }, round) => cpu / floor[round].cpu);

export function summarise({ subjects, seen }) {
  return subjects.map(([name, subject]) => {
    const rounds = seen[name];
    const values = (key) => rounds.map((round) => round[key]);
    return { name, ...subject, rounds, values, ratios: ratios(rounds, seen[floorOf(subject)]), cpu: median(values("cpu")) };
  });
}

const REQUESTS = ["", "CPU, µs", "× hello", "requests per CPU second", "requests/s", "busy", "p50, ms", "p99, ms"];

const requestRow = ({ title, values, ratios, cpu }) => [
  title,
  spread(values("cpu"), digitsOf(cpu)),
  spread(ratios, 2),
  Math.round(1e6 / cpu),
  Math.round(median(values("perSecond"))),
  `${Math.round(median(values("busy")) * 100)} %`,
  median(values("p50")).toFixed(2),
  median(values("p99")).toFixed(2),
];

const SERVERS = ["", "first answer, ms", "memory idle, MiB", "memory after the load, MiB"];

const serverRow = ([name, { starts, idle, loaded }]) => [name, spread(starts, 0), spread(idle, 1), loaded.toFixed(1)];

// What aws-lc takes alone, and how much of it a JWT costs beyond the hello that is fed the same.
function verifications(rows, bare) {
  const text = `aws-lc's bare verification of one Ed25519 signature, in the same rounds: ${spread(bare, 1)} µs.`;
  const each = rows.find(({ name }) => name === "jwt-each");
  if (!each) return text;
  const floor = rows.find(({ name }) => name === floorOf(each));
  const beyond = each.rounds.map(({ cpu }, round) => (cpu - floor.rounds[round].cpu) / bare[round]);
  return `${text} A JWT each time costs the hello and ${spread(beyond, 2)} of these.`;
}

function text({ busy, rounds, seconds, users, profile, verification, servers }, rows) {
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${cpus().length} × ${cpus()[0].model}, Linux ${release()}, Node ${process.versions.node}, profile ${profile};
${rounds} rounds of ${seconds} s each, ${users} users, 64 connections; load of the machine before: ${busy.toFixed(1)}. Medians, in brackets the least and the greatest of the rounds.

${table(REQUESTS, rows.map(requestRow))}
${verifications(rows, verification)}

${table(SERVERS, Object.entries(servers).map(serverRow))}`;
}

// Writes result.json and performance.svg into the folder. Answers with the tables.
export function report(result, folder) {
  const rows = summarise(result);
  writeFileSync(join(folder, "result.json"), JSON.stringify(result, null, 1));
  writeFileSync(join(folder, "performance.svg"), plot(rows));
  return text(result, rows);
}

// Puts the tables into docs/performance.md, and the picture beside it.
export function publish(tables, picture) {
  const file = join(DOCS, "performance.md");
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has lost its mark ${BEGIN}`);
  writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n${PICTURE}\n\n${tables}\n${page.slice(end)}`);
  writeFileSync(join(DOCS, "performance.svg"), picture);
}
