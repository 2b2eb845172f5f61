// The web app as its users run it: by its one command, or as built files behind a real nginx or Caddy.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROGRAM, freePort, start, startService, startTogether, temporaryFolder } from "../stack/stack.mjs";

const EXAMPLE = fileURLToPath(new URL("../../examples/web", import.meta.url));
// Of Better Auth and of the service.
const HEALTH = ["/api/auth/ok", "/health/ready"];
// What only this machine's tests know.
const SECRETS = { auth: "a secret of the browser tests, no other", hook: "a hook secret of the browser tests" };

// `examples/web/start`, on free ports unless told which. Answers with the addresses of the page and of what it calls.
export function startExample(chosen = {}) {
  return startTogether(async (keep) => {
    const { folder, remove } = temporaryFolder();
    keep({ close: remove });
    const names = ["PORT_SITE", "PORT_ORIGIN", "PORT_STRANGER", "PORT_AUTH", "PORT_API"];
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, chosen[name] ?? (await freePort())])));
    const env = { ...process.env, ...ports, DATA: folder, VERIFIER_PROGRAM: PROGRAM };
    const example = keep(start(join(EXAMPLE, "start"), [], { env }));
    const urls = names.map((name) => `http://localhost:${ports[name]}`);
    // It installs and builds what is missing.
    await Promise.all(urls.map((url, index) => example.answers(index < 3 ? url : `${url}${HEALTH[index - 3]}`, 300)));
    // Better Auth's database goes away for as long as the example's own command takes it.
    const outage = () => start("node", [join(EXAMPLE, "outage.mjs")], { env: { PATH: process.env.PATH, DATA: folder } });
    return { oneSite: urls[0], twoOrigins: urls[1], auth: urls[3], api: urls[4], outage };
  });
}

// The files that the example comes with, in front of its Better Auth and the service.
const PROXIES = {
  nginx(folder, { site, auth, api }) {
    const server = readFileSync(join(EXAMPLE, "nginx.conf"), "utf8")
      .replace("127.0.0.1:3000", `127.0.0.1:${auth}`)
      .replace("127.0.0.1:8000", `127.0.0.1:${api}`)
      .replace("listen 80;", `listen 127.0.0.1:${site};`)
      .replace(/root .*;/, `root "${EXAMPLE}/dist";`);
    const file = join(folder, "nginx.conf");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
    const http = `include /etc/nginx/mime.types; access_log off; ${temporary.join(" ")}`;
    // Its workers would be somebody else, who may not read this folder.
    const user = process.getuid() === 0 ? "user root;" : "";
    writeFileSync(file, `${user} daemon off; pid nginx.pid; error_log stderr; events {} http { ${http}\n${server} }`);
    return start("nginx", ["-p", folder, "-c", file], { env: { PATH: `${process.env.PATH}:/usr/sbin` } });
  },
  caddy(folder, { site, auth, api }) {
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      SITE: `http://localhost:${site}`,
      AUTH: `127.0.0.1:${auth}`,
      API: `127.0.0.1:${api}`,
      PAGE: join(EXAMPLE, "dist"),
    };
    return start("caddy", ["run", "--config", join(EXAMPLE, "Caddyfile"), "--adapter", "caddyfile"], { env });
  },
};

// The built page, Better Auth and the service behind `proxy`, all under one origin.
export function startBehind(proxy) {
  return startTogether(async (keep) => {
    const { folder, remove } = temporaryFolder();
    keep({ close: remove });
    const [site, auth, api] = await Promise.all([freePort(), freePort(), freePort()]);
    const url = `http://localhost:${site}`;
    const betterAuth = keep(start("node", [join(EXAMPLE, "auth/server.mjs")], {
      env: {
        PATH: process.env.PATH,
        PORT: auth,
        DATABASE_FILE: join(folder, "better-auth.db"),
        PAGE_ORIGIN: url,
        BETTER_AUTH_URL: url,
        BETTER_AUTH_SECRET: SECRETS.auth,
        HOOK_URL: `http://127.0.0.1:${api}/hooks/better-auth`,
        HOOK_SECRET: SECRETS.hook,
      },
    }));
    await betterAuth.answers(`http://127.0.0.1:${auth}/api/auth/ok`);
    const variables = {
      BETTER_AUTH_URL: url,
      BETTER_AUTH_SECRET: SECRETS.auth,
      VERIFIER_BETTER_AUTH__INTERNAL_URL: `http://127.0.0.1:${auth}`,
      VERIFIER_REVOCATION__HOOK_SECRET: SECRETS.hook,
    };
    const service = keep(await startService(folder, api, variables, join(EXAMPLE, "verifier.toml")));
    const server = keep(PROXIES[proxy](folder, { site, auth, api }));
    await server.answers(`${url}/health/ready`);
    return { url, log: service.log };
  });
}
