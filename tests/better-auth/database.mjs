// The databases Better Auth can be put on: {"kind": "sqlite", "file": ...} or {"kind": "postgres" | "mysql", "url": ...}.
import Sqlite from "better-sqlite3";
import { createPool } from "mysql2/promise";
import pg from "pg";

export function openDatabase({ kind, file, url }) {
  switch (kind) {
    case "sqlite": {
      const connection = new Sqlite(file);
      return { kind, connection, close: () => connection.close() };
    }
    case "postgres": {
      const connection = new pg.Pool({ connectionString: url });
      // An idle connection that breaks is an event here; unheard, it would end the process when the database restarts.
      connection.on("error", (fault) => console.error(fault.message));
      return { kind, connection, close: () => connection.end() };
    }
    case "mysql": {
      // mysql2 writes dates in this machine's zone unless told otherwise, and so it shall where a test has chosen one.
      const connection = createPool({ uri: url, timezone: process.env.TZ ? "local" : "Z" });
      return { kind, connection, close: () => connection.end() };
    }
    default:
      throw new Error(`unknown database kind ${kind}; known: sqlite, postgres, mysql`);
  }
}
