// Sessions by number: their rows, made by the database itself, and the cookies that belong to them.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const SECRET = "a secret of the benchmark, nowhere else in use";
// As Better Auth makes them in SQLite.
const TABLES = readFileSync(fileURLToPath(new URL("../../migration/src/better_auth.sql", import.meta.url)), "utf8");
// So many sessions belong to one user.
const PER_USER = 5;
// Spreads neighbours over the whole index (Knuth's multiplicative hash), as real tokens are.
const SPREAD = 2654435761;

const spread = (number) => (Math.imul(number, SPREAD) >>> 0).toString(16).padStart(8, "0");
const token = (number) => spread(number) + `${number}`.padStart(24, "0");

export function cookie(number) {
  const signature = createHmac("sha256", SECRET).update(token(number)).digest("base64");
  return `Cookie: better-auth.session_token=${encodeURIComponent(`${token(number)}.${signature}`)}`;
}

export function* cookies(numbers) {
  for (const number of numbers) yield cookie(number);
}

// Writes the cookies of these numbers into a file, each in a line.
export function writeCookies(file, numbers) {
  const out = openSync(file, "w", 0o600);
  const lines = [];
  const write = () => writeSync(out, lines.splice(0).map((line) => `${line}\n`).join(""));
  for (const line of cookies(numbers)) if (lines.push(line) === 10_000) write();
  write();
  closeSync(out);
}

export function* range(from, to) {
  for (let number = from; number < to; number += 1) yield number;
}

// The SQL that adds the sessions from number `from` up to, but without, `to`. `series` makes a table `series(n)` of a range.
const rows = (from, to, series, tokenOf, text) => `
${series(Math.ceil(from / PER_USER), Math.ceil(to / PER_USER))}
insert into "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt")
  select 'user' || n, 'User ' || n, 'user' || n || '@example.com', ${text.yes}, 'https://example.com/pictures/' || n || '.png', ${text.now}, ${text.now} from series;
${series(from, to)}
insert into "session" ("id", "userId", "token", "expiresAt", "createdAt", "updatedAt")
  select 'session' || n, 'user' || (n / ${PER_USER}), ${tokenOf}, ${text.end}, ${text.now}, ${text.now} from series;`;

function say(program, args, sql) {
  return execFileSync(program, args, { input: sql, stdio: ["pipe", "pipe", "inherit"], maxBuffer: 1 << 26 }).toString();
}

// A SQLite file. `grow` brings it to so many sessions, and answers with its size in MiB.
export function inSqlite(file) {
  let held = 0;
  const run = (sql) => say("sqlite3", ["-bail", file], `pragma synchronous=off; pragma cache_size=-262144;\n${sql}`);
  run(`pragma journal_mode=wal;\n${TABLES}`);
  const series = (from, to) => `create temp table if not exists series (n integer); delete from series;
with recursive next(n) as (select ${from} where ${from} < ${to} union all select n + 1 from next where n + 1 < ${to}) insert into series select n from next;`;
  const tokenOf = `printf('%08x%024d', (n * ${SPREAD}) % 4294967296, n)`;
  const at = (change) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now'${change})`;
  const text = { yes: 1, now: at(""), end: at(", '+7 days'") };
  const grow = (count) => {
    run(`begin;\n${rows(held, count, series, tokenOf, text)}\ncommit; pragma wal_checkpoint(truncate); analyze;`);
    held = count;
    const pages = run("select page_count * page_size from pragma_page_count, pragma_page_size;");
    return Number(pages.trim().split("\n").at(-1)) / 1048576;
  };
  return { url: `sqlite://${file}`, grow };
}

// The same in PostgreSQL.
export function inPostgres(url) {
  let held = 0;
  const run = (sql) => say("psql", ["--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1", url], sql);
  // Better Auth's types there.
  run(TABLES.replaceAll(/" date\b/g, '" timestamptz').replaceAll(`"emailVerified" integer`, `"emailVerified" boolean`));
  const series = (from, to) => `set client_min_messages = warning; create temp table if not exists series (n bigint); truncate series; insert into series select generate_series(${from}, ${to - 1});`;
  const tokenOf = `lpad(to_hex((n * ${SPREAD}) % 4294967296), 8, '0') || lpad(n::text, 24, '0')`;
  const text = { yes: "true", now: "now()", end: "now() + interval '7 days'" };
  const grow = (count) => {
    run(`begin;\n${rows(held, count, series, tokenOf, text)}\ncommit; analyze;`);
    held = count;
    return Number(run("select pg_database_size(current_database());")) / 1048576;
  };
  return { url, grow };
}
