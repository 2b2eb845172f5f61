// Measures the service and its peers over HTTP, in turns. Started by `run`, which says what the options are.
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../../tests/stack/stack.mjs";
import { Connection } from "./answer.mjs";
import { credentials, writeCredentials } from "./credentials.mjs";
import { bareVerification, load } from "./load.mjs";
import { Server } from "./process.mjs";
import { publish, report } from "./report.mjs";
import { SERVERS } from "./servers.mjs";
import { startStores } from "./stores.mjs";
import { choose, sizedBy } from "./subjects.mjs";

const FOLDER = process.env.BENCH_FOLDER;
const WARM_UP_CONNECTIONS = 16;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "5" },
    users: { type: "string", default: "2000" },
    publish: { type: "boolean", default: false },
  },
});
const [rounds, seconds, users] = [values.rounds, values.seconds, values.users].map(Number);
const subjects = choose(positionals);
const [busy] = loadavg();

// What has been started ends with this process, if that one may say good-bye.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const say = (text) => process.stderr.write(`benches/http: ${text}\n`);

say(`makes ${users} users in PostgreSQL, SQLite and Redis`);
const stores = await startStores(users);
const lists = credentials(stores.people);
const files = writeCredentials(lists, join(FOLDER, "credentials"));
const headersOf = ({ credential, further }, index = 0) => [...further, lists[credential][index]];

async function start(name, subject, sizes) {
  const port = await freePort();
  const folder = join(FOLDER, "servers", name.replaceAll(/[ ,]+/g, "-"));
  const specification = SERVERS[name](port, stores, folder, sizes);
  const begin = performance.now();
  const server = new Server({ name, port, ...specification }, join(FOLDER, "log", name.replaceAll(/[ ,]+/g, "-")));
  const answer = await server.answers(subject.path, headersOf(subject), subject.status);
  return { server, answer, milliseconds: performance.now() - begin };
}

// How long the text of each hello has to be, so that the whole answer is as long as the service's.
async function findSizes(floors) {
  const sizes = {};
  for (const floor of floors) {
    const subject = sizedBy(floor);
    const { server, answer } = await start(subject.server, subject);
    sizes[floor] = answer.size;
    await server.close();
  }
  const [some, [floor]] = [100, floors];
  const { server, answer } = await start("bare Poem", { ...sizedBy(floor), path: `/${floor}`, status: 200 }, { [floor]: some });
  await server.close();
  const head = answer.size - some;
  return Object.fromEntries(floors.map((floor) => [floor, Math.max(0, sizes[floor] - head)]));
}

// Starts every server so often, and leaves the last of each running.
async function startAll(sizes) {
  const first = new Map();
  for (const [, subject] of subjects) if (!first.has(subject.server)) first.set(subject.server, subject);
  const started = {};
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, subject] of first) {
      const { server, milliseconds } = await start(name, subject, sizes);
      started[name] ??= { starts: [], idle: [] };
      started[name].starts.push(milliseconds);
      started[name].idle.push(server.memory());
      if (round < rounds) await server.close();
      else started[name].server = server;
    }
  }
  return started;
}

// Sends every credential once: each answer has to be the right one, and what can be remembered is remembered from now on.
async function warmUp([name, subject], { server }) {
  await server.answers(subject.path, headersOf(subject), subject.status);
  const pending = lists[subject.credential].keys();
  const work = async () => {
    const connection = await Connection.open(server.port);
    for (const index of pending) {
      const { status } = await connection.ask(subject.path, headersOf(subject, index));
      if (status !== subject.status) throw new Error(`${name}: credential ${index} is answered ${status}, not ${subject.status}; see ${server.log}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: WARM_UP_CONNECTIONS }, work));
}

async function measure(started) {
  for (const [name, subject] of subjects) {
    say(`warms up ${name}`);
    await warmUp([name, subject], started[subject.server]);
  }
  const [seen, verification] = [Object.fromEntries(subjects.map(([name]) => [name, []])), []];
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    verification.push(await bareVerification());
    // There and back, so that nobody always follows the same.
    for (const [name, subject] of round % 2 ? subjects : subjects.toReversed()) {
      seen[name].push(await load(started[subject.server].server, subject, files[subject.credential], seconds));
    }
  }
  return { seen, verification };
}

const floors = [...new Set(subjects.map(([, { floor }]) => floor))];
const sizes = await findSizes(floors);
say("starts every server");
const started = await startAll(sizes);
const measured = await measure(started);
const servers = Object.entries(started).map(([name, { server, starts, idle }]) => [name, { starts, idle, loaded: server.memory() }]);
await Promise.all(Object.values(started).map(({ server }) => server.close()));
await stores.close();

const result = { busy, rounds, seconds, users, profile: process.env.PROFILE, subjects, ...measured, servers: Object.fromEntries(servers) };
const page = report(result, FOLDER);
process.stdout.write(page);
if (values.publish) publish(page, readFileSync(join(FOLDER, "performance.svg"), "utf8"));
process.exit(0);
