// What is grown, and what is measured at each step: a list of points {x, cpu, perSecond, p50, p99, memory, …}.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { cookie, cookies, inPostgres, inSqlite, range, writeCookies } from "./sessions.mjs";
import { startPostgres } from "./postgres.mjs";
import { Service } from "./service.mjs";

// The cookies of the axes that do not grow their number.
const SOME = 1000;
// Enough to reach every part of an index.
const SPREAD_OVER = 20_000;

// 1, 10, 100 … and the last.
function* powers(from, to) {
  for (let count = from; count < to; count *= 10) yield count;
  yield to;
}

const KEPT = "1h";
const NEVER = "0s";

function sqlite(folder, name, rows) {
  const file = join(folder, `${name}.db`);
  for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
  const store = inSqlite(file);
  store.grow(rows);
  return store;
}

async function identities({ folder, seconds, identities: most, say }) {
  const { url } = sqlite(folder, "identities", most);
  const service = await Service.start({ folder, database: url, kept: KEPT }, cookie(0));
  const file = join(folder, "cookies");
  const points = [];
  let held = 0;
  for (const count of powers(1, most)) {
    say(`${count} identities`);
    writeCookies(file, range(0, count));
    await service.introduce(cookies(range(held, count)));
    held = count;
    points.push({ x: count, ...(await service.load(file, { seconds })) });
  }
  await service.close();
  points.slice(1).forEach((point, index) => {
    const before = points[index];
    point.each = ((point.memory - before.memory) * 1048576) / (point.x - before.x);
  });
  return points;
}

async function rows(store, { folder, seconds, rows: most, say }) {
  const points = [];
  let service;
  for (const count of powers(Math.min(1000, most), most)) {
    say(`${count} rows`);
    const size = store.grow(count);
    service ??= await Service.start({ folder, database: store.url, kept: NEVER }, cookie(0));
    const [file, step] = [join(folder, "cookies"), Math.max(1, Math.floor(count / SPREAD_OVER))];
    writeCookies(file, Array.from(range(0, Math.min(count, SPREAD_OVER)), (number) => number * step));
    await service.load(file, { seconds: 1 });
    points.push({ x: count, size, ...(await service.load(file, { seconds })) });
  }
  await service.close();
  return points;
}

async function inOurPostgres(options) {
  const postgres = await startPostgres();
  return rows(inPostgres(postgres.url), options).finally(postgres.close);
}

// With the same remembered identities each time.
async function remembered({ folder, cores }) {
  const [{ url }, file] = [sqlite(folder, "some", SOME), join(folder, "cookies")];
  writeCookies(file, range(0, SOME));
  const service = await Service.start({ folder, database: url, kept: KEPT, cores }, cookie(0));
  await service.introduce(cookies(range(0, SOME)));
  return { service, file };
}

async function connections({ folder, seconds, connections: most, say }) {
  const { service, file } = await remembered({ folder });
  const points = [];
  for (const count of powers(1, most)) {
    say(`${count} connections`);
    points.push({ x: count, ...(await service.load(file, { seconds, connections: count })) });
  }
  await service.close();
  return points;
}

async function cores({ folder, seconds, say }) {
  const points = [];
  for (const list of ["0", "0,1"]) {
    say(`processors ${list}`);
    const { service, file } = await remembered({ folder, cores: list });
    points.push({ x: list.split(",").length, ...(await service.load(file, { seconds })) });
    await service.close();
  }
  return points;
}

export const AXES = {
  identities: { title: "identities remembered", measure: identities },
  sqlite: { title: "rows of the session table, SQLite, looked up each time", measure: (options) => rows(sqlite(options.folder, "rows", 0), options) },
  postgres: { title: "rows of the session table, PostgreSQL, looked up each time", measure: inOurPostgres },
  connections: { title: "connections, 1000 identities remembered", measure: connections },
  cores: { title: "processors, 1000 identities remembered", measure: cores },
};
