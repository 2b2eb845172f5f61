// Each proxy over HTTP/2 and TLS. Some proxies then put scheme and host before the path.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort, temporaryFolder } from "../stack/stack.mjs";
import { startMirror, values } from "./mirror.mjs";
import { CHOSEN, startProxy } from "./proxies.mjs";
import { PAGE, startSite } from "./site.mjs";
import { bearer, connectHttp2 } from "./visitor.mjs";

// The recipe with a second listener, which has TLS. `file` holds a certificate and its key.
const SECURE = {
  nginx: (text, port, file) => text.replace("listen 8080;", `$& listen 127.0.0.1:${port} ssl http2; ssl_certificate ${file}; ssl_certificate_key ${file};`),
  // Caddy and Traefik make certificates themselves.
  caddy: (text, port) =>
    text.replace("admin off", "$&\nskip_install_trust\nauto_https disable_redirects").replace("{$SITE:http://localhost:8080}", `{$SITE}, https://127.0.0.1:${port}`),
  haproxy: (text, port, file) => text.replace("bind :8080", `$&\n    bind 127.0.0.1:${port} ssl crt ${file} alpn h2,http/1.1`),
  traefik: (text, port) => text.replace("entryPoints:", `$&\n  secure: { address: "127.0.0.1:${port}", http: { tls: {} } }`),
  envoy(text, port, file) {
    const certificates = `[{ certificate_chain: { filename: ${file} }, private_key: { filename: ${file} } }]`;
    const context = `{ alpn_protocols: [h2], tls_certificates: ${certificates} }`;
    const type = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    const socket = `{ name: envoy.transport_sockets.tls, typed_config: { "@type": ${type}, common_tls_context: ${context} } }`;
    const listener = `{ address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }, filter_chains: [{ filters: *filters, transport_socket: ${socket} }] }`;
    return text.replace("- filters:", "$& &filters").replace("  clusters:", `    - ${listener}\n$&`);
  },
};

function makeCertificate(folder) {
  const file = join(folder, "certificate.pem");
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout", "-"];
  writeFileSync(file, execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }));
  return file;
}

for (const name of CHOSEN) {
  describe(name, () => {
    let site, mirror, proxy, folder, port, client;
    before(async () => {
      mirror = await startMirror();
      site = await startSite();
      folder = temporaryFolder();
      port = await freePort();
      const file = makeCertificate(folder.folder);
      const edit = (text) => SECURE[name](text, port, file);
      proxy = await startProxy(name, { verifier: new URL(site.issuer).port, api: mirror.port, edit });
      client = await connectHttp2(port);
    });
    after(async () => {
      await Promise.all([client, proxy, mirror, site].map((part) => part?.close()));
      folder?.remove();
    });

    async function refused(status, path, options) {
      mirror.forget();
      assert.equal((await client.send(path, options)).status, status, path);
      assert.deepEqual(mirror.seen(), [], path);
    }

    test("the API learns who is calling, and that it was over TLS", async () => {
      const { status, json: seen } = await client.send("/orders?page=2", { headers: bearer(site.alice.session) });
      assert.equal(status, 200);
      assert.equal(seen.url, "/orders?page=2");
      assert.deepEqual(values(seen, "X-Auth-User-Email"), ["alice@example.com"]);
      assert.deepEqual(values(seen, "X-Forwarded-Proto"), ["https"]);
      assert.deepEqual(values(seen, "X-Forwarded-Host"), [`127.0.0.1:${port}`]);
      assert.deepEqual(values(seen, "Authorization"), []);
    });

    test("a profile goes by the path, the verifier by the method", async () => {
      await refused(401, "/orders");
      await refused(403, "/admin/users", { headers: bearer(site.alice.session) });
      assert.equal((await client.send("/public/shop")).status, 200);
      for (const path of ["/;/admin", "/public/..%3b/admin"]) await refused(400, path);
      const headers = { Cookie: site.alice.cookie };
      await refused(403, "/orders", { method: "POST", headers });
      assert.equal((await client.send("/orders", { method: "POST", headers: { ...headers, Origin: PAGE } })).json.method, "POST");
    });
  });
}
