// The built app, a real service beside it, and people who sign up.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, start, startService, startTogether, temporaryFolder } from "../../../tests/stack/stack.mjs";

const HERE = fileURLToPath(new URL("..", import.meta.url));
// What the page was built with: ../check chooses it.
const API_URL = process.env.NEXT_PUBLIC_API_URL;
let people = 0;

function startNext(folder, port) {
  return startTogether(async (keep) => {
    const url = `http://127.0.0.1:${port}`;
    const next = join(HERE, "node_modules/next/dist/bin/next");
    const server = keep(start("node", [next, "start", "--hostname", "127.0.0.1", "--port", String(port)], {
      cwd: HERE,
      env: {
        PATH: process.env.PATH,
        NEXT_TELEMETRY_DISABLED: "1",
        AUTH_DATABASE: join(folder, "auth.db"),
        BETTER_AUTH_URL: url,
        BETTER_AUTH_SECRET: "a secret of the tests, nowhere else in use",
        API_URL,
      },
    }));
    await server.answers(`${url}/api/auth/jwks`);
    return { ...server, url };
  });
}

/** Both, in a folder of their own. `service` can be closed and started again, told more by these variables. */
export function startApp() {
  return startTogether(async (keep) => {
    const { folder, remove } = temporaryFolder();
    keep({ close: remove });
    mkdirSync(join(folder, "service"));
    const next = keep(await startNext(folder, await freePort()));
    const app = { url: next.url, api: API_URL, database: join(folder, "auth.db"), log: next.log };
    app.startService = async (variables) => {
      app.service = keep(await startService(join(folder, "service"), Number(new URL(API_URL).port), {
        VERIFIER_STRATEGIES: "jwt",
        BETTER_AUTH_URL: next.url,
        CORS_ORIGINS: next.url,
        VERIFIER_SERVER__TRUSTED_PROXIES: "127.0.0.1/32",
        VERIFIER_LOG__LEVEL: "debug",
        ...variables,
      }));
    };
    await app.startService();
    return app;
  });
}

/** Creates a user, who has an address of their own, and answers with what their browser would keep. */
export async function signUp({ url }, name) {
  const response = await fetch(`${url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: url, "X-Forwarded-For": `198.51.100.${++people}` },
    body: JSON.stringify({ name, email: `${name.toLowerCase()}@example.com`, password: "correct horse battery" }),
  });
  if (!response.ok) throw new Error(`no sign-up: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie().map((set) => set.split(";")[0]).join("; ");
}

/** The page as the server renders it, without what React adds. */
export async function pageFor({ url }, cookie, headers = {}) {
  const response = await fetch(url, { headers: { ...headers, ...(cookie && { Cookie: cookie }) } });
  const html = await response.text();
  return html.slice(html.indexOf("<main>"), html.indexOf("</main>")).replaceAll("<!-- -->", "");
}
