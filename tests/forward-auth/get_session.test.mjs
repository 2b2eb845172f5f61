// Why there is a service to ask: a proxy that asks Better Auth's get-session lets everybody in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort, temporaryFolder } from "../stack/stack.mjs";
import { startMirror } from "./mirror.mjs";
import { recipe, startNginx } from "./proxies.mjs";
import { startSite } from "./site.mjs";
import { bearer, send } from "./visitor.mjs";

let site, mirror, nginx, port, folder;
before(async () => {
  port = await freePort();
  mirror = await startMirror();
  site = await startSite();
  folder = temporaryFolder();
  const ports = { site: port, verifier: new URL(site.betterAuth).port, api: mirror.port };
  // The empty $is_args makes it an address that nginx puts together, as that of the recipe is.
  const asked = recipe("nginx.conf", ports).replace("/forward-auth/$1;", "/api/auth/get-session$is_args;");
  nginx = startNginx(folder.folder, asked);
  await nginx.answers(`http://127.0.0.1:${port}/public/ready`);
});
after(async () => {
  await Promise.all([nginx, mirror, site].map((part) => part?.close()));
  folder?.remove();
});

test("get-session answers anybody with 200, and nginx lets anybody in", async () => {
  const answer = await fetch(`${site.betterAuth}/api/auth/get-session`);
  assert.deepEqual([answer.status, await answer.json()], [200, null]);
  for (const headers of [{}, bearer("made up")]) {
    for (const path of ["/orders", "/admin/users"]) assert.equal((await send(port, path, { headers })).status, 200);
  }
});
