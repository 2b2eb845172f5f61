// Real proxies with the files of the recipes, of which only addresses are changed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, start, temporaryFolder } from "../stack/stack.mjs";
import { RECIPES } from "./site.mjs";

const env = { PATH: `${process.env.PATH}:/usr/sbin` };

// How each proxy writes that it listens at a port of every address, and at one of this machine alone.
const LISTENS = {
  "listen ": "listen 127.0.0.1:",
  "bind :": "bind 127.0.0.1:",
  'address: ":': 'address: "127.0.0.1:',
  "0.0.0.0, port_value: ": "127.0.0.1, port_value: ",
};

// A recipe with these ports in place of its own, and what else `edit` changes.
export function recipe(name, { site, verifier, api, edit = (text) => text }) {
  const server = (port) => new RegExp(String.raw`(127\.0\.0\.1(?::|, port_value: ))${port}`, "g");
  const listen = /(listen |bind :|address: ":|0\.0\.0\.0, port_value: )8080/;
  return edit(readFileSync(join(RECIPES, name), "utf8"))
    .replace(server(8000), (_, address) => address + verifier)
    .replace(server(9000), (_, address) => address + api)
    .replace(listen, (_, everywhere) => LISTENS[everywhere] + site);
}

// A site of nginx, in the frame that Debian has for it.
export function startNginx(folder, server) {
  const file = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  // Its workers would be somebody else, who may not read this folder.
  const user = process.getuid() === 0 ? "user root;" : "";
  writeFileSync(file, `${user} daemon off; pid nginx.pid; error_log stderr; events {} http { access_log off; ${temporary.join(" ")}\n${server} }`);
  return start("nginx", ["-p", folder, "-c", file], { env });
}

const PROXIES = {
  nginx: (folder, ports) => startNginx(folder, recipe("nginx.conf", ports)),
  caddy(folder, ports) {
    const file = join(folder, "Caddyfile");
    writeFileSync(file, recipe("Caddyfile", ports));
    const args = ["run", "--config", file, "--adapter", "caddyfile"];
    return start("caddy", args, { env: { ...env, HOME: folder, SITE: `http://127.0.0.1:${ports.site}` } });
  },
  haproxy(folder, ports) {
    const file = join(folder, "haproxy.cfg");
    writeFileSync(file, recipe("haproxy.cfg", ports));
    // Where its script is.
    return start("haproxy", ["-db", "-f", file], { env, cwd: RECIPES });
  },
  traefik(folder, ports) {
    for (const name of ["traefik.yml", "traefik-routes.yml"]) writeFileSync(join(folder, name), recipe(name, ports));
    return start("traefik", ["--configFile=traefik.yml"], { env, cwd: folder });
  },
  envoy(folder, ports) {
    const file = join(folder, "envoy.yaml");
    writeFileSync(file, recipe("envoy.yaml", ports));
    return start("envoy", ["--config-path", file, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warn"], { env });
  },
};

// What `tests/forward-auth/run` has chosen.
export const CHOSEN = (process.env.PROXIES ?? "nginx").split(",");

// A proxy in front of the API at port `api`; it asks the verifier at port `verifier`.
export async function startProxy(name, { verifier, api, edit }) {
  const { folder, remove } = temporaryFolder();
  const site = await freePort();
  const server = PROXIES[name](folder, { site, verifier, api, edit });
  const close = () => server.close().finally(remove);
  try {
    await server.answers(`http://127.0.0.1:${site}/.well-known/jwks.json`);
  } catch (error) {
    await close();
    throw error;
  }
  return { port: site, log: server.log, close };
}
