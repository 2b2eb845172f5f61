// Better Auth on the tables that its generator makes for Drizzle; drizzle/generator writes both schema and tables.
import { readFileSync } from "node:fs";

const DIALECTS = {
  postgres: {
    provider: "pg",
    client: "drizzle-orm/node-postgres",
    has: async (connection, table) => {
      const { rows } = await connection.query("select to_regclass($1) as found", [`"${table}"`]);
      return rows[0].found !== null;
    },
    run: (connection, sql) => connection.query(sql),
  },
  sqlite: {
    provider: "sqlite",
    client: "drizzle-orm/better-sqlite3",
    has: async (connection, table) => connection.prepare("select 1 from sqlite_schema where name = ?").get(table) !== undefined,
    run: async (connection, sql) => connection.exec(sql),
  },
};

// With `usePlural` the tables are called users, sessions and so on.
export async function openDrizzle({ kind, connection }, { usePlural = false }) {
  if (!(kind in DIALECTS)) throw new Error(`no Drizzle schema for ${kind}; there are: ${Object.keys(DIALECTS).join(", ")}`);
  const { provider, client, has, run } = DIALECTS[kind];
  const file = (ending) => new URL(`drizzle/${kind}${usePlural ? "-plural" : ""}.${ending}`, import.meta.url);

  // Only here: the older versions of Better Auth are installed without Drizzle.
  const { drizzle } = await import(client);
  const { drizzleAdapter } = await import("better-auth/adapters/drizzle");
  const schema = await import(file("schema.mjs"));
  if (!(await has(connection, usePlural ? "users" : "user"))) await run(connection, readFileSync(file("sql"), "utf8"));
  return drizzleAdapter(drizzle({ client: connection, schema }), { provider, schema, usePlural });
}
