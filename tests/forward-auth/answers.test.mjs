// Each proxy with its recipe: who passes, what reaches the API, and how each answer of the service reaches the client.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startMirror, values } from "./mirror.mjs";
import { CHOSEN, startProxy } from "./proxies.mjs";
import { LONG_NAME, PAGE, startSite } from "./site.mjs";
import { HANDSHAKE, bearer, newAddress, send } from "./visitor.mjs";

const FOREIGN = "https://evil.example";
const NAMES = ["User-Id", "User-Email", "User-Email-Verified", "User-Name", "User-Role", "Session-Id", "Organization-Id", "Client-Id", "Strategy", "Expires", "Assertion"];

// What the recipe says has to be changed in it.
const WITH_AUTHORIZATION = {
  caddy: (text) => text.replace("X-Auth-Expires X-Auth-Assertion", "$& Authorization").replace("header_up -Authorization", ""),
  traefik: (text) => text.replaceAll(/( +)authResponseHeadersRegex.*\n/g, "$&$1authResponseHeaders: [Authorization]\n").replace('Authorization: ""', ""),
  envoy: (text) => text.replace("[{ prefix: x-auth- }]", "[{ prefix: x-auth- }, { exact: authorization }]").replace("remove: [authorization, ", "remove: ["),
};

for (const name of CHOSEN) {
  describe(name, () => {
    let site, mirror, proxy;
    before(async () => {
      mirror = await startMirror();
      site = await startSite();
      proxy = await startProxy(name, { verifier: new URL(site.issuer).port, api: mirror.port });
    });
    after(() => Promise.all([proxy, mirror, site].map((part) => part?.close())));

    const ask = (path, options) => send(proxy.port, path, options);
    // That nothing of it reached the API.
    async function refused(status, path, options) {
      mirror.forget();
      const answer = await ask(path, options);
      assert.equal(answer.status, status, `${path}: ${answer.text}`);
      assert.deepEqual(mirror.seen(), []);
      return answer;
    }
    async function passed(path, options) {
      const answer = await ask(path, options);
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    }

    test("the API learns who is calling, and gets no credential", async () => {
      for (const credential of [bearer(site.alice.session), bearer(site.alice.jwt), { Cookie: site.alice.cookie }, { "X-Session-Token": site.alice.session }]) {
        const seen = await passed("/orders?page=2", { headers: credential });
        assert.equal(seen.url, "/orders?page=2");
        assert.deepEqual(values(seen, "X-Auth-User-Email"), ["alice@example.com"]);
        assert.equal(values(seen, "X-Auth-User-Id").length, 1);
        assert.match(values(seen, "X-Auth-Assertion")[0], /^ey[\w-]+\.[\w-]+\.[\w-]+$/);
        for (const secret of ["Authorization", "Cookie", "X-Session-Token"]) assert.deepEqual(values(seen, secret), []);
      }
    });

    test("a long name keeps nobody out, and ends early", async () => {
      const seen = await passed("/orders", { headers: bearer(site.longNamed.session) });
      const [name] = values(seen, "X-Auth-User-Name").map(decodeURIComponent);
      assert.ok(name.length > 100 && name.length < LONG_NAME.length && LONG_NAME.startsWith(name), name);
    });

    test("a body reaches the API and not the verifier", async () => {
      const seen = await passed("/orders", { method: "POST", body: "two apples", headers: bearer(site.alice.session) });
      assert.deepEqual([seen.method, seen.body], ["POST", "two apples"]);
      const chunked = { ...bearer(site.alice.session), "Transfer-Encoding": "chunked" };
      assert.equal((await passed("/orders", { method: "PUT", body: "three", headers: chunked })).body, "three");
    });

    test("the API's own answers are its own, and the client learns nothing of what the API was given", async () => {
      for (const status of [200, 400, 401, 403, 429, 500, 503]) {
        const answer = await ask(`/status/${status}`, { headers: bearer(site.alice.session) });
        assert.deepEqual([answer.status, answer.json?.url, answer.headers["retry-after"]], [status, `/status/${status}`, "77"]);
        assert.deepEqual(Object.keys(answer.headers).filter((header) => header.startsWith("x-auth-")), []);
      }
    });

    test("a guest passes where guests may, with nothing of an identity", async () => {
      const seen = await passed("/public/shop");
      for (const part of NAMES) assert.equal(values(seen, `X-Auth-${part}`).join(""), "", part);
      await refused(401, "/public/shop", { headers: bearer(forged(site.alice.session)) });
    });

    test("anonymous: 401, and the challenge", async () => {
      const { headers, json } = await refused(401, "/orders?page=2");
      // nginx drops the body of the verifier.
      if (name !== "nginx") assert.equal(json.instance, "/orders");
      assert.match(headers["www-authenticate"], /^Bearer realm=/);
      assert.equal(headers["cache-control"], "no-store");
    });

    test("a refusal has the name that the verifier's log gives it", async () => {
      const { headers } = await refused(401, "/orders?page=3");
      const id = headers["x-request-id"];
      assert.match(id, /^[0-9a-f]{32}$/);
      const { headers: forbidden } = await refused(403, "/admin/users", { headers: bearer(site.alice.session) });
      const line = () => site.verifier.log().split("\n").find((line) => line.includes(forbidden["x-request-id"]));
      await eventually(1000, async () => assert.match(line() ?? "", /method="GET" path="\/admin\/users"/));
    });

    test("forged: 401, and the challenge says so", async () => {
      const [head, payload, signature] = site.alice.jwt.split(".");
      for (const headers of [bearer(forged(site.alice.session)), bearer([head, payload, forged(signature)].join(".")), { Cookie: forgedCookie(site.alice.cookie) }]) {
        const answer = await refused(401, "/orders", { headers });
        assert.equal(answer.headers["www-authenticate"], 'Bearer error="invalid_token"');
      }
    });

    test("known and not allowed: 403", async () => {
      await refused(403, "/admin/users", { headers: bearer(site.alice.session) });
      const seen = await passed("/admin/users", { headers: bearer(site.admin.session) });
      assert.deepEqual(values(seen, "X-Auth-User-Role"), ["admin"]);
    });

    test("malformed: 400", () => refused(400, "/orders", { headers: { Authorization: "Bearer two tokens" } }));

    test("the cookie on unsafe methods needs a page of ours: 403", async () => {
      const headers = { Cookie: site.alice.cookie };
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        await refused(403, "/orders", { method, headers });
        await refused(403, "/orders", { method, headers: { ...headers, Origin: FOREIGN } });
        await refused(403, "/orders", { method, headers: { ...headers, Origin: "null" } });
        assert.equal((await passed("/orders", { method, headers: { ...headers, Origin: PAGE } })).method, method);
      }
    });

    test("a WebSocket handshake passes, and a foreign page's does not", async () => {
      const headers = { ...HANDSHAKE, Cookie: site.alice.cookie };
      mirror.forget();
      assert.equal((await ask("/socket", { headers: { ...headers, Origin: PAGE } })).status, 101);
      assert.deepEqual(values(mirror.seen()[0], "X-Auth-User-Email"), ["alice@example.com"]);
      await refused(403, "/socket", { headers: { ...headers, Origin: FOREIGN } });
      await refused(403, "/socket", { headers: { ...headers, Origin: "null" } });
      await refused(401, "/socket", { headers: { ...HANDSHAKE, Origin: PAGE } });
    });

    test("revoked a moment ago: 401", async () => {
      const session = await site.newSession();
      const headers = bearer(session.session);
      await passed("/orders", { headers });
      await site.signOut(session);
      // The verifier hears of it from the database.
      await eventually(1000, async () => assert.equal((await ask("/orders", { headers })).status, 401));
      await refused(401, "/orders", { headers });
    });

    test("over a limit: 429, with the time to wait, for this client alone", async () => {
      const from = newAddress();
      const headers = bearer(site.alice.session);
      let answer;
      for (let count = 0; count <= site.limit; count++) answer = await ask("/orders", { headers, from });
      assert.equal(answer.status, 429, answer.text);
      assert.ok(Number(answer.headers["retry-after"]) > 0, JSON.stringify(answer.headers));
      assert.ok(answer.headers.ratelimit, JSON.stringify(answer.headers));
      // Nor does it help to say that one is somebody else.
      await refused(429, "/orders", { headers: { ...headers, "X-Forwarded-For": "203.0.113.7" }, from });
      await passed("/orders", { headers });
    });

    test("an assertion may come as Authorization, if the profile says so", async () => {
      const edit = (toml) => toml.replace(/^assertion = /gm, 'assertion_header = "Authorization"\n$&');
      const verifier = await site.startVerifier({ edit });
      const other = await startProxy(name, { verifier: new URL(verifier.url).port, api: mirror.port, edit: WITH_AUTHORIZATION[name] });
      try {
        const headers = bearer(site.alice.session);
        const seen = (await send(other.port, "/orders", { headers })).json;
        assert.match(values(seen, "Authorization").join(), /^Bearer ey[\w-]+\.[\w-]+\.[\w-]+$/);
        assert.equal(values(seen, "X-Auth-Assertion").join(), "");
        assert.equal(values((await send(other.port, "/public/shop")).json, "Authorization").join(), "");
      } finally {
        await other.close();
      }
    });

    test("a missing profile, and a proxy that is not trusted: nobody passes, and the log says why", async () => {
      const noProfile = (toml) => toml.replace("[forward_auth.profiles.public]", "[forward_auth.profiles.other]");
      const notTrusted = (toml) => toml.replace('["127.0.0.1/32"]', '["192.0.2.1/32"]');
      const mistakes = [
        [noProfile, name === "nginx" ? 503 : 404, "a proxy asks for /forward-auth/public, which gets 404"],
        [notTrusted, 403, "127.0.0.1 asks /forward-auth and is not in server.trusted_proxies"],
      ];
      for (const [edit, status, line] of mistakes) {
        const verifier = await site.startVerifier({ edit });
        const other = await startProxy(name, { verifier: new URL(verifier.url).port, api: mirror.port });
        try {
          mirror.forget();
          const answer = await send(other.port, "/public/shop");
          assert.equal(answer.status, status, answer.text);
          assert.deepEqual(mirror.seen(), []);
          await eventually(1000, async () => assert.ok(verifier.log().includes(line), verifier.log()));
        } finally {
          await other.close();
        }
      }
    });

    // The last two: they take away what the others need.
    test("Better Auth's database is away: 503 for those who are not remembered, never 401", async () => {
      const { session } = await site.newSession();
      const outage = site.outage();
      try {
        const { headers } = await refused(503, "/orders", { headers: bearer(session) });
        assert.ok(Number(headers["retry-after"]) > 0, JSON.stringify(headers));
      } finally {
        outage.end();
      }
      await eventually(10_000, () => passed("/orders", { headers: bearer(session) }));
    });

    test("the verifier is away: nobody passes, and nobody has to sign in again", async () => {
      await site.verifier.close();
      for (const options of [{ headers: bearer(site.alice.session) }, {}]) {
        // Traefik has no way to say anything else.
        const [status, pause] = name === "traefik" ? [500, undefined] : [503, "1"];
        const { headers } = await refused(status, "/public/shop", options);
        assert.equal(headers["retry-after"], pause);
      }
    });
  });
}

// The last character of a signature may stand for bits that do not count; the first of it does.
function forged(signature) {
  const at = signature.lastIndexOf(".") + 1;
  return signature.slice(0, at) + (signature[at] === "A" ? "B" : "A") + signature.slice(at + 1);
}

const forgedCookie = (cookie) => cookie.replace(/(session_token=[^.]+\.)(.)/, (_, start, first) => start + (first === "A" ? "B" : "A"));

async function eventually(milliseconds, check) {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
