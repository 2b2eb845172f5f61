// A real Better Auth with the plugin, as tests/better-auth configures it, and users who talk to it as browsers do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { readEvent, SECRET, startReceiver } from "./receiver.mjs";

// The folder of another version, if one is named: `tests/better-auth/install <version>` makes it.
const named = process.env.BETTER_AUTH_FOLDER;
const folder = named ? pathToFileURL(`${named}/`) : new URL("../../tests/better-auth/", import.meta.url);
export const { startAuth } = await import(new URL("auth.mjs", folder));
const { version } = JSON.parse(readFileSync(new URL("node_modules/better-auth/package.json", folder)));
export const older = (than) => version.localeCompare(than, "en", { numeric: true }) < 0;

// Better Auth 1.7 asks more of a storage than the one written by hand can do.
export const storageIn = (redis, prefix) => ({ redis: redis.url, prefix, package: !older("1.7") });

const BASE_URL = "https://auth.example.test";
const PASSWORD = "correct horse battery";
// The real hashes take their time.
const hash = async (password) => `hash of ${password}`;
const HASHES = { hash, verify: async (given) => given.hash === (await hash(given.password)) };

class Browser {
  #auth;
  #cookies = new Map();

  constructor(auth) {
    this.#auth = auth;
  }

  get token() {
    const [, value] = [...this.#cookies].find(([name]) => name.endsWith(".session_token"));
    return decodeURIComponent(value).split(".")[0];
  }

  async send(path, body) {
    const headers = { origin: BASE_URL, cookie: [...this.#cookies].map((cookie) => cookie.join("=")).join("; ") };
    const request = body
      ? { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) }
      : { headers };
    const response = await this.#auth.handler(new Request(`${BASE_URL}/api/auth${path}`, request));
    for (const line of response.headers.getSetCookie()) this.#keep(...line.split(/[=;]/), line);
    const text = await response.text();
    assert.ok(response.ok, `${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  }

  #keep(name, value) {
    if (value) this.#cookies.set(name, value);
    else this.#cookies.delete(name);
  }
}

// Until the test `t` ends. `answer` is the receiver's, `timeout` the plugin's, `others` are addresses it sends to as well.
export async function start(t, { answer, timeout, others = [], plugins, ...options } = {}) {
  const receiver = await startReceiver(answer);
  const lines = [];
  const deliveries = [];
  const tokens = [];
  const resets = new Map();
  t.after(receiver.close);
  const { auth, connection, close } = await startAuth({
    baseURL: BASE_URL,
    secret: "known to nobody, lest anybody but these tests sign a cookie",
    database: { kind: "sqlite", file: ":memory:" },
    user: { deleteUser: { enabled: true } },
    logger: { log: (...line) => lines.push(line.join(" ")) },
    advanced: { backgroundTasks: { handler: (promise) => deliveries.push(promise) } },
    ...options,
    emailAndPassword: {
      enabled: true,
      autoSignIn: false,
      password: HASHES,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, token }) => void resets.set(user.email, token),
    },
    // The verifier is the last, after plugins that change the options.
    plugins: { admin: {}, organization: {}, ...plugins, verifier: { url: [receiver.url, ...others], secret: SECRET, timeout } },
  });

  t.after(close);

  async function signUp(name, { role } = {}) {
    const email = `${name}@example.test`;
    await new Browser(auth).send("/sign-up/email", { name, email, password: PASSWORD });
    if (role) connection.prepare("update user set role = ? where email = ?").run(role, email);
    return email;
  }

  async function signIn(email) {
    const browser = new Browser(auth);
    await browser.send("/sign-in/email", { email, password: PASSWORD });
    tokens.push(browser.token);
    return { browser, token: browser.token, ...(await browser.send("/get-session")) };
  }

  // The events since it was last asked, when all are delivered. No test passes in which a secret is told.
  async function heard() {
    while (deliveries.length > 0) await deliveries.shift();
    const requests = receiver.requests.splice(0);
    const told = JSON.stringify([requests, lines]);
    for (const hidden of [...tokens, SECRET]) assert.ok(!told.includes(hidden), "a secret was told");
    return requests.map(readEvent);
  }

  const resetOf = (email) => resets.get(email);
  return { auth, connection, receiver, lines, signUp, signIn, heard, password: PASSWORD, resetOf };
}
