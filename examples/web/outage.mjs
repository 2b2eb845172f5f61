// Takes Better Auth's database away for a while, beside a running ./start: it locks the file, so nobody can read it. That
// is an outage as real as any, and it ends by itself.
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";

const SECONDS = 20;
const folder = resolve(process.env.DATA ?? fileURLToPath(new URL(".data", import.meta.url)));
const database = new Sqlite(join(folder, "better-auth.db"), { fileMustExist: true });
database.exec("BEGIN EXCLUSIVE");
console.log(`Better Auth's database is away for ${SECONDS} seconds.`);
await pause(SECONDS * 1000);
database.exec("ROLLBACK");
database.close();
console.log("It is back.");
