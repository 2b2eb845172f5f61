// What a real Better Auth answers as a source: in the browser, on its server, and while it or its database is away.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { betterAuth } from "better-auth";
import { bearer, jwt as jwtPlugin } from "better-auth/plugins";
import { jwt, TokenSourceError } from "../dist/index.js";
import { freePort, startBetterAuth, temporaryFolder } from "../../../tests/stack/stack.mjs";
import { authClientOf, personOf } from "./auth-client.mjs";

const isOutage = (status) => (error) => error instanceof TokenSourceError && error.status === status;

test("on Better Auth's server a token is made, or nobody is signed in", async () => {
  const auth = betterAuth({
    baseURL: "http://127.0.0.1:3000",
    secret: "a secret of the tests, nowhere else in use",
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    plugins: [jwtPlugin(), bearer()],
  });
  const credentialOf = (headers) =>
    jwt(() => auth.api.getToken({ headers }), () => auth.api.getSession({ headers }));
  assert.equal(await credentialOf(new Headers()).token(), undefined);
  const { headers } = await auth.api.signUpEmail({ body: personOf("Alice"), returnHeaders: true });
  const session = new Headers({ Authorization: `Bearer ${headers.get("set-auth-token")}` });
  assert.match(await credentialOf(session).token(), /^[\w-]+\.[\w-]+\.[\w-]+$/);
});

test("a Better Auth that is away signs nobody out", async () => {
  const authClient = authClientOf(`http://127.0.0.1:${await freePort()}`);
  await assert.rejects(jwt(() => authClient.token()).token(), isOutage(undefined));
});

test("a Better Auth whose database is away signs nobody out, where it is asked for the session, too", async (t) => {
  const { folder, remove } = temporaryFolder();
  const server = await startBetterAuth(folder);
  t.after(async () => {
    await server.close();
    remove();
  });
  const authClient = authClientOf(server.url);
  const twice = () => jwt(() => authClient.token(), () => authClient.getSession()).token();
  assert.equal(await twice(), undefined);
  await authClient.signUp.email(personOf("Alice"));
  assert.equal(typeof (await twice()), "string");

  const Database = createRequire(new URL("../../../tests/better-auth/", import.meta.url))("better-sqlite3");
  const database = new Database(join(folder, "auth.db"));
  database.exec("ALTER TABLE session RENAME TO away");
  database.close();
  // Better Auth's /token takes its own outage for a sign-out.
  assert.equal((await authClient.token()).error.status, 401);
  await assert.rejects(twice(), isOutage(500));
});

test("who has a session and is refused a token has met an outage", async () => {
  const refused = async () => ({ data: null, error: { status: 401 } });
  for (const session of [async () => ({ data: { user: {} }, error: null }), async () => ({ session: {}, user: {} })]) {
    await assert.rejects(jwt(refused, session).token(), isOutage(401));
  }
  for (const none of [async () => ({ data: null, error: null }), async () => null]) {
    assert.equal(await jwt(refused, none).token(), undefined);
  }
});
