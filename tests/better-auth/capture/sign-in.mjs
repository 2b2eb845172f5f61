// One user of a real Better Auth signs up, signs in, and `take` reads from the result what a vector is about.
import { startAuth } from "../auth.mjs";

const ANN = { name: "Ann", email: "ann@example.test", password: "correct horse battery" };

const request = (baseURL, path, { cookie, body } = {}) =>
  new Request(`${baseURL}/api/auth${path}`, {
    method: body ? "POST" : "GET",
    headers: { origin: baseURL, "user-agent": "capture", ...(cookie && { cookie }), ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });

// All cookies set that are called so, as {name, value}; a long one is in chunks, whose names end in a number.
export const cookiesNamed = (ending, setCookie) =>
  setCookie
    .map((line) => /^([^=]+)=([^;]*)/.exec(line))
    .filter(([, name]) => name.replace(/\.\d+$/, "").endsWith(ending))
    .map(([, name, value]) => ({ name, value }));

// `signUp` and `signIn` are what these take beside the usual.
export async function withSession({ baseURL, signUp, signIn, ...options }, take) {
  const { auth, connection, close } = await startAuth({ baseURL, database: { kind: "sqlite", file: ":memory:" }, ...options });
  const ask = async (path, given) => {
    const response = await auth.handler(request(baseURL, path, given));
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  await ask("/sign-up/email", { body: { ...ANN, ...signUp } });
  // Signing up signs in too; one session row per vector is enough.
  connection?.exec("delete from session");
  const { name: _, ...credentials } = ANN;
  const signedIn = await ask("/sign-in/email", { body: { ...credentials, ...signIn } });
  const setCookie = signedIn.headers.getSetCookie();
  const [{ name: cookieName, value: wire }] = cookiesNamed(".session_token", setCookie);
  const { token } = await signedIn.json();
  const getJson = async (path) => (await ask(path, { cookie: `${cookieName}=${wire}` })).json();
  const taken = await take({ signedIn, setCookie, session: { cookieName, wire, token }, getJson, connection, context: await auth.$context });
  await close();
  return taken;
}
