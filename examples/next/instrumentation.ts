// Runs once, before this server answers anybody: two first requests must not both make Better Auth's tables.
export async function register() {
  if (process.env.NEXT_RUNTIME === "nodejs") await import("./auth");
}
