// Writes the golden vectors in tests/vectors: what a real Better Auth issued, with the clock stopped at frozen-clock.mjs.
// `npm run capture` replaces them all (every token and key is new), `npm run verify` judges them without Better Auth.
import { NOW } from "./frozen-clock.mjs";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { startAuth } from "./auth.mjs";

const VECTORS = new URL("../vectors/", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("node_modules/better-auth/package.json", import.meta.url)));
const SECRET = "a-secret-of-the-tests-0123456789-ABCDEFG";
const HTTPS = "https://auth.example.test";
const HTTP = "http://auth.example.test:3000";
const ANN = { name: "Ann", email: "ann@example.test", password: "correct horse battery" };

const request = (baseURL, path, { cookie, body } = {}) =>
  new Request(`${baseURL}/api/auth${path}`, {
    method: body ? "POST" : "GET",
    headers: { origin: baseURL, "user-agent": "capture", ...(cookie && { cookie }), ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });

const cookieNamed = (ending, setCookie) => {
  const [, name, wire] = setCookie.map((line) => /^([^=]+)=([^;]*)/.exec(line)).find(([, name]) => name.endsWith(ending));
  return { cookieName: name, wire };
};

// One user signs up, signs in as `signIn` says, and `take` reads from the result what the vector is about.
async function capture(file, kind, { baseURL = HTTPS, secret = SECRET, signIn = {}, ...options }, take) {
  const { auth, connection, close } = await startAuth({ baseURL, secret, database: { kind: "sqlite", file: ":memory:" }, ...options });
  const ask = async (path, given) => {
    const response = await auth.handler(request(baseURL, path, given));
    if (!response.ok) throw new Error(`${file}: ${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  await ask("/sign-up/email", { body: ANN });
  // Signing up signs in too; one session row per vector is enough.
  connection.exec("delete from session");
  const { name: _, ...credentials } = ANN;
  const signedIn = await ask("/sign-in/email", { body: { ...credentials, ...signIn } });
  const setCookie = signedIn.headers.getSetCookie();
  const session = cookieNamed(".session_token", setCookie);
  const cookie = `${session.cookieName}=${session.wire}`;
  const getJson = async (path) => (await ask(path, { cookie })).json();
  const taken = await take({ signedIn, setCookie, session, getJson, connection });
  await close();

  const vector = { kind, betterAuth: version, now: NOW, baseURL, secret, ...taken };
  writeFileSync(new URL(`${file}.json`, VECTORS), `${JSON.stringify(vector, null, 2)}\n`);
  console.log(file);
}

async function sessionCookie({ signedIn, setCookie, session, getJson, connection }) {
  return {
    ...session,
    setCookie,
    decoded: decodeURIComponent(session.wire),
    setAuthToken: signedIn.headers.get("set-auth-token"),
    token: (await signedIn.json()).token,
    getSession: await getJson("/get-session?disableRefresh=true"),
    sessionRow: connection.prepare("select * from session").get(),
  };
}

const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
const jws = async (token, getJson) => {
  const [header, payload] = token.split(".").map((part, index) => (index < 2 ? decode(part) : part));
  return { token, header, payload, jwks: await getJson("/jwks") };
};
const jwt = async ({ getJson }) => jws((await getJson("/token")).token, getJson);
// The cookie cache signed with the keys of the JWT plugin: a JWS of the same issuer that is no JWT of that plugin.
const sessionCacheJwt = async ({ setCookie, getJson }) => jws(cookieNamed(".session_data", setCookie).wire, getJson);

mkdirSync(VECTORS, { recursive: true });
await capture("session-cookie-http", "session-cookie", { baseURL: HTTP }, sessionCookie);
await capture("session-cookie-https", "session-cookie", {}, sessionCookie);
await capture("session-cookie-not-remembered", "session-cookie", { signIn: { rememberMe: false } }, sessionCookie);
await capture("session-cookie-non-ascii-secret", "session-cookie", { secret: "Schlüssel für die Prüfung 🔑 0123456789" }, sessionCookie);
for (const alg of ["EdDSA", "Ed25519", "ES256", "ES512", "RS256", "PS256"]) {
  await capture(`jwt-${alg}`, "jwt", { plugins: { jwt: { jwks: { keyPairConfig: { alg } } } } }, jwt);
}
await capture(
  "session-cache-jwt",
  "session-cache-jwt",
  { plugins: { jwt: { sessionCookieCache: true } }, session: { cookieCache: { enabled: true, strategy: "jwt" } } },
  sessionCacheJwt,
);
