// Makes Better Auth's tables, or adds to them what the options ask for.
export async function migrate(options) {
  const { runMigrations } = await (await findGetMigrations())(options);
  await runMigrations();
}

// Better Auth 1.5 moved it.
async function findGetMigrations() {
  const { getMigrations } = await import("better-auth/db");
  return getMigrations ?? (await import("better-auth/db/migration")).getMigrations;
}
