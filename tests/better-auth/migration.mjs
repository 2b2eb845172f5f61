// Makes Better Auth's tables, or adds to them what the options ask for. Answers with the names of those it found wanting.
export async function migrate(options) {
  const { toBeCreated, toBeAdded, toBeAddedIndexes = [], runMigrations } = await (await findGetMigrations())(options);
  await runMigrations();
  return [...toBeCreated, ...toBeAdded, ...toBeAddedIndexes].map(({ table }) => table);
}

// Better Auth 1.5 moved it.
async function findGetMigrations() {
  const { getMigrations } = await import("better-auth/db");
  return getMigrations ?? (await import("better-auth/db/migration")).getMigrations;
}
