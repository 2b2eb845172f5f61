// Better Auth as the tests configure it. A configuration is plain JSON: `database` and `plugins` are translated here,
// every other member is one of Better Auth's own options and handed on as it is.
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { admin, bearer, jwt } from "better-auth/plugins";
import { openDatabase } from "./database.mjs";

const PLUGINS = { admin, bearer, jwt };

// `{"jwt": {...}}` adds a plugin with these options, `{"jwt": false}` leaves it out.
function choosePlugins(chosen) {
  return Object.entries(chosen)
    .filter(([, options]) => options !== false)
    .map(([name, options]) => {
      if (!(name in PLUGINS)) throw new Error(`unknown plugin ${name}; known: ${Object.keys(PLUGINS).join(", ")}`);
      return PLUGINS[name](options);
    });
}

// Answers with Better Auth, the handle of its database, and `close` for that handle.
export async function startAuth({ database, plugins, ...options }) {
  const { connection, close } = openDatabase(database);
  const complete = {
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    ...options,
    database: connection,
    plugins: choosePlugins({ jwt: {}, bearer: {}, ...plugins }),
  };
  // Before betterAuth(): that one looks at the tables at once and reports every missing one as an error.
  const { runMigrations } = await getMigrations(complete);
  await runMigrations();
  return { auth: betterAuth(complete), connection, close };
}
