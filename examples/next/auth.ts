// Better Auth, inside this app. BETTER_AUTH_URL and BETTER_AUTH_SECRET it reads by itself.
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";
import Sqlite from "better-sqlite3";

const options = {
  database: new Sqlite(process.env.AUTH_DATABASE ?? "auth.db"),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [jwt()],
} satisfies BetterAuthOptions;

// Before betterAuth(): that one looks at the tables at once.
await (await getMigrations(options)).runMigrations();
export const auth = betterAuth(options);
