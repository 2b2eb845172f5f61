// Better Auth as the tests configure it. A configuration is plain JSON: `database`, `adapter`, `secondaryStorage` and
// `plugins` are translated here, every other member is one of Better Auth's own options and handed on as it is.
import { betterAuth } from "better-auth";
import { openDatabase } from "./database.mjs";
import { openDrizzle } from "./drizzle.mjs";
import { migrate } from "./migration.mjs";
import { choosePlugins } from "./plugins.mjs";
import { openSecondaryStorage } from "./secondary-storage.mjs";

// How Better Auth reaches its tables: "kysely", its own way, or "drizzle", or {"drizzle": {"usePlural": true}}. Answers with
// the options, and the tables that its own migration made or changed.
async function openTables(adapter, opened, options) {
  const [name, chosen] = typeof adapter === "string" ? [adapter, {}] : Object.entries(adapter)[0];
  switch (name) {
    case "kysely": {
      const complete = { ...options, database: opened.connection };
      // Before betterAuth(): that one looks at the tables at once and reports every missing one as an error.
      return { options: complete, migrated: await migrate(complete) };
    }
    case "drizzle":
      return { options: { ...options, database: await openDrizzle(opened, chosen) }, migrated: [] };
    default:
      throw new Error(`unknown adapter ${name}; known: kysely, drizzle`);
  }
}

// Answers with Better Auth, the handle of its database, the tables that were made or changed, and `close` for all that was
// opened.
export async function startAuth({ database, adapter = "kysely", secondaryStorage, plugins, ...options }) {
  const storage = secondaryStorage && (await openSecondaryStorage(secondaryStorage));
  const opened = database === null ? undefined : openDatabase(database);
  const complete = {
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    ...options,
    ...(storage && { secondaryStorage: storage.storage }),
    plugins: await choosePlugins({ jwt: {}, bearer: {}, ...plugins }),
  };
  // With `database: null` Better Auth is stateless, but for what a secondary storage keeps.
  const tables = opened ? await openTables(adapter, opened, complete) : { options: complete, migrated: [] };
  const auth = betterAuth(tables.options);
  const close = () => Promise.all([opened?.close(), storage?.close()]);
  return { auth, connection: opened?.connection, migrated: tables.migrated, close };
}
