// What clients try, through each real proxy: to pass for somebody, for another path, method or place, or for no client at all.
// Much of it was an advisory of one proxy or another, oauth2-proxy's above all.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startMirror, values } from "./mirror.mjs";
import { CHOSEN, startProxy } from "./proxies.mjs";
import { PAGE, startSite } from "./site.mjs";
import { HANDSHAKE, bearer, send } from "./visitor.mjs";

// CGI and its children know one name for all of these.
const spellings = (name) => [name, name.toUpperCase(), name.replaceAll("-", "_"), name.replace("-", "_"), name.replace(/-([^-]*)$/, "_$1")];
const CLAIMS = { "X-Auth-User-Id": "1", "X-Auth-User-Email": "root@example.com", "X-Auth-User-Role": "admin", "X-Auth-Session-Id": "s" };

for (const name of CHOSEN) {
  describe(name, () => {
    let site, mirror, proxy, assertion;
    before(async () => {
      mirror = await startMirror();
      site = await startSite();
      proxy = await startProxy(name, { verifier: new URL(site.issuer).port, api: mirror.port });
      // A real one, as somebody may find in a log.
      assertion = await site.assertion("admin", site.admin);
    });
    after(() => Promise.all([proxy, mirror, site].map((part) => part?.close())));

    const ask = (path, options) => send(proxy.port, path, options);
    const asAlice = () => ({ headers: bearer(site.alice.session) });
    async function refused(statuses, path, options) {
      mirror.forget();
      const answer = await ask(path, options);
      assert.ok([statuses].flat().includes(answer.status), `${path}: ${answer.status} ${answer.text}`);
      assert.deepEqual(mirror.seen(), [], path);
    }
    // Traefik and Envoy resolve some paths, choose the profile by the result, and hand that on. Nobody here is an administrator, so it
    // is never a path of theirs. Without a credential it is one of guests.
    async function refusedOrResolved(path, options) {
      if (!["traefik", "envoy"].includes(name)) return refused(400, path, options);
      mirror.forget();
      const { status, text } = await ask(path, options);
      assert.ok([200, 400, 401, 403].includes(status), `${path}: ${status} ${text}`);
      assert.equal(mirror.seen().length, status === 200 ? 1 : 0, path);
      const ours = Object.keys(options?.headers ?? {}).length > 0 ? /^(?!\/admin)(\/[a-z]+)*\/?$/ : /^\/public\/([a-z]+\/?)*$/;
      for (const { url } of mirror.seen()) assert.match(url, ours, path);
    }
    async function passed(path, options) {
      const answer = await ask(path, options);
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    }

    test("forged identity headers, however they are spelled", async () => {
      const claims = { ...CLAIMS, "X-Auth-Assertion": assertion };
      for (const [header, value] of Object.entries(claims)) {
        for (const spelling of spellings(header)) {
          for (const forged of [value, [value, value]]) {
            const guest = await passed("/public/shop", { headers: { [spelling]: forged } });
            assert.equal(values(guest, header).join(""), "", spelling);
            const alice = await passed("/orders", { headers: { ...bearer(site.alice.session), [spelling]: forged } });
            assert.equal(values(alice, header).length, 1, spelling);
            assert.notEqual(values(alice, header)[0], value, spelling);
          }
          await refused(401, "/orders", { headers: { [spelling]: value } });
        }
      }
    });

    test("an assertion is no credential", async () => {
      for (const path of ["/orders", "/admin/users", "/public/shop"]) await refused(401, path, { headers: bearer(assertion) });
    });

    test("headers that Connection names do not get lost on the way", async () => {
      const headers = { ...bearer(site.alice.session), Connection: "close, X-Auth-User-Role, X-Auth-Assertion" };
      const seen = await passed("/orders", { headers });
      assert.deepEqual(values(seen, "X-Auth-User-Role"), ["user"]);
      assert.match(values(seen, "X-Auth-Assertion")[0], /^ey/);
      const from = "127.9.9.8";
      const other = await ask("/orders", { headers: { ...bearer(site.alice.session), Connection: "close, X-Forwarded-For" }, from });
      // Envoy takes no such header.
      if (other.status !== 400) assert.deepEqual(values(other.json, "X-Forwarded-For"), [from]);
      // Nor does the origin, which the verifier has to see. Traefik and Envoy drop it before a recipe can act. That opens nothing: a page
      // cannot make a browser send Connection, and other clients can leave Origin out anyway.
      if (["traefik", "envoy"].includes(name)) return;
      const foreign = { Cookie: site.alice.cookie, Origin: "https://evil.example" };
      await refused(403, "/socket", { headers: { ...foreign, ...HANDSHAKE, Connection: "Upgrade, Origin" } });
      await refused(403, "/orders", { headers: { ...foreign, Connection: "close, Origin, X-Forwarded-Method" } });
    });

    test("another method than the request's own", async () => {
      const cookie = { Cookie: site.alice.cookie };
      for (const header of [...spellings("X-Forwarded-Method"), "X-HTTP-Method-Override", "X-Original-Method"]) {
        await refused(403, "/orders", { method: "POST", headers: { ...cookie, [header]: "GET" } });
        await refused(403, "/orders", { method: "POST", headers: { ...cookie, [header]: ["GET", "GET"] } });
      }
    });

    test("another path, host or client than the request's own", async () => {
      const elsewhere = ["X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Original-URI", "X-Original-URL", "X-Rewrite-URL", "X-Auth-Request-Redirect"];
      for (const header of elsewhere.flatMap(spellings)) {
        await refused(401, "/orders", { headers: { [header]: "/public/shop" } });
        await refused(403, "/admin/users", { headers: { ...bearer(site.alice.session), [header]: "/public/shop" } });
      }
      for (const header of ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host"].flatMap(spellings)) {
        await refused(401, "/orders", { headers: { [header]: "127.0.0.1" } });
      }
      const claims = { "X-Forwarded-Uri": "/a", "X-Forwarded-Method": "PUT", "X-Forwarded-Prefix": "/b" };
      const others = { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher" };
      const from = "127.9.9.9";
      const seen = await passed("/orders", { headers: { ...bearer(site.alice.session), ...claims, ...others }, from });
      for (const header of Object.keys(claims)) assert.deepEqual(values(seen, header), [], header);
      assert.deepEqual(values(seen, "X-Forwarded-For"), [from]);
      assert.deepEqual(values(seen, "X-Forwarded-Host"), [`127.0.0.1:${proxy.port}`]);
      assert.deepEqual(values(seen, "X-Forwarded-Proto"), ["http"]);
    });

    test("a health check, of which there is none", async () => {
      for (const agent of ["GoogleHC/1.0", "kube-probe/1.31", "ELB-HealthChecker/2.0", "Consul Health Check"]) {
        for (const path of ["/", "/ping", "/health", "/orders"]) await refused(401, path, { headers: { "User-Agent": agent } });
      }
    });

    test("a preflight is a request like any other", () =>
      refused(401, "/orders", { method: "OPTIONS", headers: { Origin: PAGE, "Access-Control-Request-Method": "GET" } }));

    test("paths that are more than one", async () => {
      const paths = [
        "/public/../admin", "/public/./../admin", "/public/%2e%2e/admin", "/public/.%2E/admin", "/public/..%2fadmin", "/public%2f..%2fadmin",
        "/public/..%5cadmin", "/public/..\\admin", "/public/..;/admin", "/public/..;x=y/admin", "/public/.;/shop", "//admin", "/public//../admin",
        "/public//shop", "/public/..", "/public/%2fadmin", "/public/shop#/../admin", "/orders#/public/", "/public/shop%23/../../admin", "/public/%00/admin",
        "/%2e/admin", "/.%2fadmin", "/admin/../public/shop", "/admin%2f..%2fpublic/shop", "/orders/../public/shop", "/public/../orders",
        // Servlets cut off path parameters, and what is left may be an empty segment.
        "/;/admin", "/;x/admin", "/;x=y/admin", "/;", "/.;/admin", "/.;x=y/admin", "/..;/admin", "/orders/;/../admin", "/;//admin", "/public/;/shop",
        "/%3b/admin", "/%3Bx=y/admin", "/.%3b/admin", "/public/..%3b/admin", "/;%2fadmin", "/%3b%2fadmin", "/\\admin", "/;\\admin", "/%5Cadmin",
        // Some APIs decode twice.
        "/%252fadmin", "/%253b/admin", "/%255cadmin", "/public/%252e%252e/admin", "/public/..%253B/admin",
      ];
      for (const path of paths) {
        for (const options of [{}, asAlice()]) await refusedOrResolved(path, options);
      }
    });

    test("an absolute address is judged by its path, and the API gets no other", async () => {
      const site = `http://127.0.0.1:${proxy.port}`;
      for (const path of ["/public/../admin", "/;/admin", "/public/..;/admin"]) await refusedOrResolved(site + path, asAlice());
      await refused(403, `${site}/admin/users`, asAlice());
      assert.equal((await passed(`${site}/orders?page=2`, asAlice())).url, "/orders?page=2");
    });

    test("paths that some APIs take for a stricter one", async () => {
      for (const path of ["/ADMIN/users", "/Admin", "/admin", "/admin.json", "/admin;x=y", "/admin?next=/public/", "/%61dmin/users", "/admi%6e"]) {
        await refused([400, 403], path, { headers: bearer(site.alice.session) });
      }
    });

    test("paths that are almost those of guests", async () => {
      for (const path of ["/public", "/Public/shop", "/PUBLIC/shop", "/publicity", "/public;/shop", "/orders?/public/", "/orders?x=/public/#/public/"]) {
        // nginx completes the first by a redirect.
        await refused([301, 400, 401], path);
      }
    });

    test("a query is nobody's path", async () => {
      const path = "/orders?next=https://example.com//a/../b%2fc";
      assert.equal((await passed(path, { headers: bearer(site.alice.session) })).url, path);
    });

    test("of the verifier the keys of assertions are public, and nothing else", async () => {
      mirror.forget();
      const { status, json } = await ask("/.well-known/jwks.json");
      assert.equal(status, 200);
      assert.deepEqual(json, await (await fetch(`${site.issuer}/.well-known/jwks.json`)).json());
      assert.deepEqual(mirror.seen(), []);
      const others = ["/.well-known", "/.well-known/", "/.well-known/jwks.json/", "/.well-known/jwks.json/x", "/.well-known/jwks.jsonx", "/.well-known/x"];
      for (const path of [...others, "/health/live", "/health/ready", "/metrics", "/api/me", "/docs"]) await refused(401, path);
      await refusedOrResolved("/.well-known/jwks.json/../../forward-auth/public");
    });

    test("what only the proxy may ask", async () => {
      for (const path of ["/.forward-auth/default", "/.forward-auth/public", "/forward-auth/public", "/forward-auth"]) {
        await refused([401, 404], path);
        assert.equal((await ask(path, asAlice())).headers["x-auth-assertion"], undefined);
      }
      const url = new URL(site.issuer);
      for (const path of ["/forward-auth", "/forward-auth/default", "/forward-auth/public"]) {
        const answer = await send(url.port, path, { headers: bearer(site.alice.session), from: "127.0.0.2" });
        assert.equal(answer.status, 403);
        assert.equal(answer.headers["x-auth-user-id"], undefined);
      }
    });
  });
}
