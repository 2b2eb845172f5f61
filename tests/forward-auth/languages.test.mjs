// The API of each language: what it takes for an assertion, and what it does not. Then the same API behind each proxy.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { CHOSEN, startApi } from "./apis.mjs";
import { CHOSEN as PROXIES, startProxy } from "./proxies.mjs";
import { startSite } from "./site.mjs";
import { bearer, send } from "./visitor.mjs";

const AUDIENCE = "https://api.example.com";
// Of the APIs, for clocks that differ.
const LEEWAY = 10_000;

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decoded = (part) => JSON.parse(Buffer.from(part, "base64url"));

// An assertion with these members in its header and these claims, and the signature that `sign` makes.
function changed(assertion, { header = {}, claims = {}, sign = (_, signature) => signature }) {
  const [oldHeader, oldClaims, signature] = assertion.split(".");
  const signed = `${encoded({ ...decoded(oldHeader), ...header })}.${encoded({ ...decoded(oldClaims), ...claims })}`;
  return `${signed}.${sign(signed, signature)}`;
}

// Answers with `keys`, or with what is put in their place, and counts how often.
async function startKeys(keys) {
  let [answer, asked] = [{ status: 200, body: keys }, 0];
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${server.address().port}`,
    asked: () => asked,
    become: (status, body) => (answer = { status, body }),
    close: () => server.close().closeAllConnections(),
  };
}

const hmac = (key) => (signed) => createHmac("sha256", key).update(signed).digest("base64url");

describe("an API", () => {
  let site, other, elsewhere, keys, expired;
  const apis = new Map();
  before(async () => {
    // All come from one address.
    site = await startSite({ variables: { VERIFIER_RATE_LIMIT__ENABLED: "false" } });
    // The same keys, but another name, another audience, and a short life.
    let short;
    [other, elsewhere, short] = await Promise.all([
      site.startVerifier({ variables: { VERIFIER_ASSERTION__ISSUER: "http://127.0.0.1:1" } }),
      site.startVerifier({ edit: (toml) => toml.replace(`"${AUDIENCE}"`, '"https://other.example.com"') }),
      site.startVerifier({ variables: { VERIFIER_ASSERTION__LIFETIME: "10s" } }),
    ]);
    keys = await (await fetch(`${site.issuer}/.well-known/jwks.json`)).text();
    for (const language of CHOSEN) apis.set(language, await startApi(language, { issuer: site.issuer }));
    expired = await site.assertion("default", site.alice, short);
    for (const language of CHOSEN) assert.equal((await present(language, expired)).status, 200, language);
  });
  after(() => Promise.all([...apis.values(), site].map((part) => part?.close())));

  // One lives for a minute, and these tests run longer: each test makes its own, for a session for which there is none yet.
  const mint = async () => site.assertion("default", await site.newSession());
  const unknownKey = (good) => changed(good, { header: { kid: "unknown" } });
  const anotherRole = (good) => changed(good, { claims: { role: "admin" } });
  const none = { alg: "none" };
  // What an API refuses though nothing of it is over, made of one that it takes.
  const refused = async (good) => ({
    "nothing": "",
    "no JWT": "alice",
    "two": `${good}, ${good}`,
    "Better Auth's JWT": site.alice.jwt,
    "the session token": site.alice.session,
    "another issuer's": await site.assertion("default", site.alice, other),
    "another API's": await site.assertion("default", site.alice, elsewhere),
    "another profile's": await site.assertion("admin", site.admin),
    "a guest profile's": await site.assertion("public", site.alice),
    "one with another role": anotherRole(good),
    "one with a longer life": changed(good, { claims: { exp: decoded(good.split(".")[1]).exp + 600 } }),
    "one with another type": changed(good, { header: { typ: "JWT" } }),
    "none": changed(good, { header: none, sign: () => "" }),
    "none, with a signature": changed(good, { header: none }),
    "NonE": changed(good, { header: { alg: "NonE" }, sign: () => "" }),
    "one signed with the published keys as a secret": changed(good, { header: { alg: "HS256" }, sign: hmac(keys) }),
    "one signed with an empty secret": changed(good, { header: { alg: "HS256" }, sign: hmac("") }),
    "one of an unknown key": unknownKey(good),
    "one without a key": changed(good, { header: { kid: undefined } }),
  });

  const whoami = (port, headers) => send(port, "/whoami", { headers });
  const present = (language, assertion) => whoami(apis.get(language).port, { "X-Auth-Assertion": assertion });

  for (const language of CHOSEN) {
    const takes = async (assertion) => assert.equal((await present(language, assertion)).status, 200);

    test(`${language}: takes an assertion`, async () => {
      const good = await mint();
      const { status, json } = await present(language, good);
      assert.equal(status, 200);
      const { sub } = decoded(good.split(".")[1]);
      assert.deepEqual(json, { sub, email: "alice@example.com", role: "user" });
    });

    test(`${language}: refuses everything else`, async () => {
      const good = await mint();
      for (const [what, assertion] of Object.entries(await refused(good))) {
        const answer = await present(language, assertion);
        assert.equal(answer.status, 401, `${what}: ${answer.text}`);
      }
      // So nothing of it was refused for its age.
      await takes(good);
    });

    test(`${language}: refuses an assertion that has expired`, async () => {
      const end = decoded(expired.split(".")[1]).exp * 1000 + LEEWAY;
      await pause(Math.max(0, end + 1000 - Date.now()));
      assert.equal((await present(language, expired)).status, 401);
    });

    test(`${language}: a call past the proxy is nobody's`, async () => {
      const { port } = apis.get(language);
      const good = await mint();
      const claims = { "X-Auth-User-Id": "1", "X-Auth-User-Role": "admin", "X-Auth-User-Email": "root@example.com" };
      for (const headers of [{}, claims, bearer(site.alice.session), { Cookie: site.alice.cookie }, bearer(good)]) {
        assert.equal((await whoami(port, headers)).status, 401);
      }
      await takes(good);
    });

    for (const proxy of PROXIES) {
      test(`${language} behind ${proxy}`, async () => {
        const behind = await startProxy(proxy, { verifier: new URL(site.issuer).port, api: apis.get(language).port });
        try {
          const stolen = await site.assertion("default", site.admin);
          const alice = bearer(site.alice.session);
          for (const headers of [alice, { ...alice, "X-Auth-Assertion": stolen }, { ...alice, X_Auth_Assertion: stolen }, { ...alice, "X-Auth_Assertion": stolen }]) {
            const { status, json } = await whoami(behind.port, headers);
            assert.deepEqual([status, json?.email], [200, "alice@example.com"]);
          }
          assert.equal((await whoami(behind.port, {})).status, 401);
          assert.equal((await whoami(behind.port, { "X-Auth-Assertion": stolen })).status, 401);
        } finally {
          await behind.close();
        }
      });
    }

    test(`${language}: without keys it cannot know: 503`, async () => {
      const servers = await Promise.all(["<p>Welcome to this network</p>", "{}", '{"keys":[]}'].map(startKeys));
      const [{ address }] = servers;
      const sets = servers.map((server) => `http://${server.address}/`);
      const addresses = ["http://127.0.0.1:1/", `https://${address}/`, ...sets];
      try {
        for (const keys of addresses) {
          const api = await startApi(language, { issuer: site.issuer, keys });
          try {
            const good = await mint();
            for (const what of ["first", "second"]) {
              const { status } = await whoami(api.port, { "X-Auth-Assertion": good });
              assert.equal(status, 503, `${keys} ${what}`);
            }
            await takes(good);
          } finally {
            await api.close();
          }
        }
      } finally {
        for (const server of servers) server.close();
      }
    });

    test(`${language}: fetches the keys for an unknown one, once a second, and for nothing else`, async () => {
      const server = await startKeys(keys);
      const api = await startApi(language, { issuer: site.issuer, keys: `http://${server.address}/` });
      // That many of them get this status, and how many fetches they have made.
      const present = async (assertion, status) => {
        const [before, begin] = [server.asked(), Date.now()];
        for (let count = 0; count < 20; count++) {
          assert.equal((await whoami(api.port, { "X-Auth-Assertion": assertion })).status, status);
        }
        return { fetches: server.asked() - before, most: 1 + Math.ceil((Date.now() - begin) / 1000) };
      };
      const good = await mint();
      const unknown = unknownKey(good);
      try {
        assert.equal((await present(good, 200)).fetches, 1);
        await pause(1100);
        for (const assertion of ["alice", anotherRole(good)]) assert.equal((await present(assertion, 401)).fetches, 0);
        const known = await present(unknown, 401);
        assert.ok(known.fetches >= 1 && known.fetches <= known.most, JSON.stringify(known));
        await pause(1100);
        for (const [status, body] of [[503, ""], [200, "{}"], [200, '{"keys":[]}']]) {
          server.become(status, body);
          const failed = await present(unknown, 503);
          assert.ok(failed.fetches >= 1 && failed.fetches <= failed.most, JSON.stringify(failed));
          assert.equal((await present(good, 200)).fetches, 0);
          await pause(1100);
        }
        server.become(200, keys);
        await present(unknown, 401);
      } finally {
        await api.close();
        server.close();
      }
    });
  }

  // Last. An API would know the old key until its own copy is five minutes old, so these are new.
  test("a withdrawn key's is refused, and the next one's taken", async () => {
    const old = await site.assertion("default", site.alice);
    await site.withdrawKeys();
    const next = await site.assertion("default", site.alice);
    for (const language of CHOSEN) {
      const api = await startApi(language, { issuer: site.issuer });
      try {
        assert.equal((await whoami(api.port, { "X-Auth-Assertion": old })).status, 401, language);
        assert.equal((await whoami(api.port, { "X-Auth-Assertion": next })).status, 200, language);
      } finally {
        await api.close();
      }
    }
  });
});
