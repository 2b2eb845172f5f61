// Starts a real Better Auth, the service, and the page three times: under one origin with both, from an origin of its own,
// and from one that nobody trusts. `start` prepares what this needs.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PORTS, URLS, expectFree } from "./stack/address.mjs";
import { end, keep, run, until } from "./stack/child.mjs";
import { secret } from "./stack/secret.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.env.DATA ?? join(here, ".data"));
mkdirSync(folder, { recursive: true, mode: 0o700 });
const secrets = { auth: secret(join(folder, "better-auth.secret")), hook: secret(join(folder, "hook.secret")) };
// Nothing else of this environment: what somebody has set for a service or a Better Auth of their own is not for these.
const { PATH, HOME } = process.env;

async function startBetterAuth() {
  const env = {
    PATH,
    HOME,
    PORT: PORTS.auth,
    DATABASE_FILE: join(folder, "better-auth.db"),
    PAGE_ORIGIN: URLS.origin,
    BETTER_AUTH_URL: URLS.site,
    BETTER_AUTH_SECRET: secrets.auth,
    HOOK_URL: `${URLS.api}/hooks/better-auth`,
    HOOK_SECRET: secrets.hook,
  };
  keep("better-auth", process.execPath, [join(here, "auth/server.mjs")], { env });
  await until(`${URLS.auth}/api/auth/ok`);
}

async function startService() {
  const program = process.env.VERIFIER_PROGRAM;
  const env = {
    PATH,
    HOME,
    VERIFIER_SERVER__LISTEN: `127.0.0.1:${PORTS.api}`,
    BETTER_AUTH_URL: URLS.site,
    BETTER_AUTH_SECRET: secrets.auth,
    VERIFIER_BETTER_AUTH__INTERNAL_URL: URLS.auth,
    VERIFIER_BETTER_AUTH__TRUSTED_ORIGINS: URLS.origin,
    VERIFIER_REVOCATION__HOOK_SECRET: secrets.hook,
    CORS_ORIGINS: `${URLS.origin},${URLS.stranger}`,
  };
  const configuration = ["--config", join(here, "verifier.toml")];
  await run("service", program, ["migrate", ...configuration], { cwd: folder, env });
  keep("service", program, ["serve", ...configuration], { cwd: folder, env });
  await until(`${URLS.api}/health/ready`);
}

const vite = join(here, "node_modules/vite/bin/vite.js");

// The page as files, with the addresses that it calls. Empty ones are its own.
async function buildPage(name, { auth = "", api = "" }) {
  const env = { PATH, HOME, VITE_AUTH_URL: auth, VITE_API_URL: api, VITE_STRANGER_URL: URLS.stranger };
  const files = join(folder, name);
  await run(name, process.execPath, [vite, "build", "--outDir", files, "--emptyOutDir"], { cwd: here, env });
  return files;
}

async function servePage(name, files, port, proxied = {}) {
  const env = { PATH, HOME, ...proxied };
  const args = [vite, "preview", "--outDir", files, "--port", String(port)];
  keep(name, process.execPath, args, { cwd: here, env });
  await until(`http://localhost:${port}`);
}

async function startPages() {
  const oneSite = await buildPage("one-site", {});
  const twoOrigins = await buildPage("two-origins", { auth: URLS.auth, api: URLS.api });
  await servePage("one-site", oneSite, PORTS.site, { PROXY_AUTH: URLS.auth, PROXY_API: URLS.api });
  await servePage("two-origins", twoOrigins, PORTS.origin);
  await servePage("stranger", twoOrigins, PORTS.stranger);
}

try {
  await expectFree();
  await startBetterAuth();
  await Promise.all([startService(), startPages()]);
  console.log(`
  Ready. Ctrl-C ends everything; what you made is kept in ${folder}.

  one site      ${URLS.site}        page, Better Auth and API behind one proxy
  two origins   ${URLS.origin}        the same page, calling ${URLS.auth} and ${URLS.api}
  every route   ${URLS.site}/docs

  Try first: create an account, then switch between cookie, bearer and JWT, and see who vouches for you.
`);
} catch (error) {
  await end(1, error.message);
}
