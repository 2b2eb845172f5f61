// Real proxies with the files of the recipes, of which only addresses are changed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, start, temporaryFolder } from "../stack/stack.mjs";
import { RECIPES } from "./site.mjs";

const env = { PATH: `${process.env.PATH}:/usr/sbin` };

// A recipe with these ports in place of its own, and what else `edit` changes.
export function recipe(name, { site, verifier, api, edit = (text) => text }) {
  return edit(readFileSync(join(RECIPES, name), "utf8"))
    .replaceAll("127.0.0.1:8000", `127.0.0.1:${verifier}`)
    .replaceAll("127.0.0.1:9000", `127.0.0.1:${api}`)
    .replace(/(listen|bind :)( ?)8080/, (_, word) => (word === "listen" ? `listen 127.0.0.1:${site}` : `bind 127.0.0.1:${site}`));
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
    // The API may know no such path.
    await server.answers(`http://127.0.0.1:${site}/public/ready`, 30, ({ status }) => status < 500);
  } catch (error) {
    await close();
    throw error;
  }
  return { port: site, log: server.log, close };
}
