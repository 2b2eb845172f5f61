// nginx alone, with the service, also with an assertion, and with Better Auth's get-session, in turns. Started by `measure`.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, signIn, start, startStack, temporaryFolder } from "../stack/stack.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROUNDS = 7;
// Of each round, and of what goes before all rounds and is not counted.
const SECONDS = 4;
const WARM_UP = 2;
const CONNECTIONS = 16;
// The locations of measure.conf, and the process that nginx asks.
const ASKED = { alone: undefined, verifier: "verifier", assertion: "verifier", "get-session": "betterAuth" };
const TARGETS = Object.keys(ASKED);
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]));

// Of the service: sessions from Better Auth's table, remembered as by default.
const CONFIG = `
strategies = ["session_table"]
[server]
trusted_proxies = ["127.0.0.1"]
[rate_limit]
enabled = false
[forward_auth.profiles.default]
[forward_auth.profiles.assertion]
assertion = "https://api.example.com"
[assertion]
issuer = "http://127.0.0.1:8000"
secret = "an assertion secret of the measurement, no other"
`;

const API = (port) => `events {} http { access_log off; keepalive_requests 1000000000; client_body_temp_path client_body;
proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
server { listen 127.0.0.1:${port}; return 200 "an answer"; } }`;

async function startNginx(configuration, url) {
  const { folder, remove } = temporaryFolder();
  const file = join(folder, "nginx.conf");
  // Its workers would be somebody else, who may not read this folder.
  const user = process.getuid() === 0 ? "user root;" : "";
  writeFileSync(file, `${user} daemon off; worker_processes 1; pid nginx.pid; error_log stderr;\n${configuration}`);
  const server = start("nginx", ["-p", folder, "-c", file], { env: { PATH: process.env.PATH } });
  await server.answers(url);
  return { ...server, close: () => server.close().finally(remove) };
}

// Seconds of a processor that a process and its children have taken. Those that have ended count no more.
function seconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before may hold blanks.
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13).map(Number);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + seconds(child), (user + system) / TICKS);
}

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];

// Asks for so many seconds. Answers with what wrk has seen, and microseconds of a processor for each request by process.
async function load(url, asked, duration, cookie, processes) {
  const taken = () => Object.entries(processes).map(([name, { child }]) => [name, seconds(child.pid)]);
  const options = ["-t1", `-c${CONNECTIONS}`, `-d${duration}s`, "-s", join(HERE, "measure.lua"), url];
  const before = taken();
  const { stdout } = await promisify(execFile)("wrk", options, { env: { PATH: process.env.PATH, COOKIE: cookie } });
  const after = Object.fromEntries(taken());
  const seen = JSON.parse(stdout.trim().split("\n").at(-1));
  if (seen.failed > 0) throw new Error(`${url}: ${seen.failed} of ${seen.requests} requests have failed`);
  const processor = Object.fromEntries(before.map(([name, was]) => [name, ((after[name] - was) * 1e6) / seen.requests]));
  const { requests, p50, p99 } = seen;
  return { perSecond: requests / seen.seconds, p50, p99, nginx: processor.nginx, asked: processor[asked] ?? 0 };
}

const COLUMNS = [
  ["requests/s", (row) => row.perSecond, 0],
  ["p50, ms", (row) => row.p50, 2],
  ["p99, ms", (row) => row.p99, 2],
  ["nginx, µs", (row) => row.nginx, 0],
  ["asked, µs", (row) => row.asked, 0],
];
// To what the same round has seen of nginx alone.
const RATIOS = [
  ["requests/s", (row, alone) => row.perSecond / alone.perSecond],
  ["p50", (row, alone) => row.p50 / alone.p50],
  ["p99", (row, alone) => row.p99 / alone.p99],
  ["processor of nginx", (row, alone) => row.nginx / alone.nginx],
  ["processor of both", (row, alone) => (row.nginx + row.asked) / alone.nginx],
  ["share of the asked", (row) => row.asked / (row.nginx + row.asked)],
];

function table(title, columns, cell) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  console.log(`\n${line([title, ...columns.map(([name]) => name)])}\n${line(["---", ...columns.map(() => "---:")])}`);
  for (const target of TARGETS) console.log(line([target, ...columns.map((column) => cell(target, column))]));
}

function report(rounds) {
  const all = (target, value) => median(rounds.map((round) => value(round[target], round.alone)));
  table("medians", COLUMNS, (target, [, value, digits]) => all(target, value).toFixed(digits));
  table("ratios to nginx alone", RATIOS, (target, [, value]) => all(target, value).toPrecision(3));
}

// What has been started ends with this process, if that one may say good-bye.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const busy = () => loadavg()[0].toFixed(1);
const { folder, remove } = temporaryFolder();
const file = join(folder, "verifier.toml");
writeFileSync(file, CONFIG);
const open = [];
try {
  const stack = await startStack({ file });
  open.push(stack);
  const { cookie } = await signIn(stack.auth);
  const [site, api] = [await freePort(), await freePort()];
  const ports = { SITE: site, API: api, VERIFIER: new URL(stack.url).port, BETTER_AUTH: new URL(stack.auth).port };
  const configuration = readFileSync(join(HERE, "measure.conf"), "utf8").replace(/PORT_([A-Z_]+)/g, (_, name) => ports[name]);
  open.push(await startNginx(API(api), `http://127.0.0.1:${api}`));
  const url = `http://127.0.0.1:${site}`;
  const nginx = await startNginx(configuration, `${url}/alone`);
  open.push(nginx);
  const processes = { nginx, verifier: stack.service, betterAuth: stack.betterAuth };

  // What is measured has to be a guard, and the other one is none.
  const guest = async (target) => (await fetch(`${url}/${target}`)).status;
  console.log(`A guest gets ${await guest("verifier")} with the service, and ${await guest("get-session")} with get-session.`);
  const ask = (target, duration) => load(`${url}/${target}`, ASKED[target], duration, cookie, processes);
  for (const target of TARGETS) await ask(target, WARM_UP);
  const before = busy();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen = {};
    for (const target of TARGETS) seen[target] = await ask(target, SECONDS);
    rounds.push(seen);
  }
  const day = new Date().toISOString().slice(0, 10);
  console.log(`${day}, ${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}; ${ROUNDS} rounds of ${SECONDS} s each,`);
  console.log(`${CONNECTIONS} connections; load of the machine before ${before}, after ${busy()}.`);
  report(rounds);
} finally {
  await Promise.all(open.map((server) => server.close()));
  remove();
}
