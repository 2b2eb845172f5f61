// Starts the service and a Prometheus that reads it, and asks Prometheus every query of the rules and of the dashboard.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, signIn, start, startStack, temporaryFolder } from "../../tests/stack/stack.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const TOKEN = "an admin token of this check".replaceAll(" ", "-") + "-0123456789";
// What Grafana would fill in.
const VARIABLES = { $__rate_interval: "5m", $instance: ".*" };

const { folder, remove } = temporaryFolder();
const [admin, port] = [await freePort(), await freePort()];
const stack = await startStack({
  variables: {
    VERIFIER_SERVER__ADMIN_LISTEN: `127.0.0.1:${admin}`,
    VERIFIER_SERVER__ADMIN_TOKEN: TOKEN,
    VERIFIER_SESSION_TABLE__CACHE__MAX_AGE: "1m",
  },
});

const config = readFileSync(join(HERE, "prometheus.yml"), "utf8")
  .replace("127.0.0.1:9100", `127.0.0.1:${admin}`)
  .replace("alerts.yml", join(HERE, "alerts.yml"))
  .replaceAll("15s", "1s");
writeFileSync(join(folder, "prometheus.yml"), config);
writeFileSync(join(folder, "admin-token"), TOKEN, { mode: 0o600 });
const url = `http://127.0.0.1:${port}`;
const prometheus = start(
  "prometheus",
  [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=127.0.0.1:${port}`],
  { env: { PATH: process.env.PATH } },
);

async function query(expression) {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = await answer.json();
  if (status !== "success") throw new Error(`${expression}: ${error}`);
  return data.result;
}

async function until(what, ask) {
  for (let tries = 0; tries < 100; tries += 1) {
    const result = await ask();
    if (result) return result;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error(`${what}: not in time\n${prometheus.log()}`);
}

// Some of everything that happens without an outage.
async function traffic() {
  const alice = await signIn(stack.auth);
  for (const token of [alice.session, alice.jwt, alice.session, alice.jwt, "not.a.token"]) {
    await fetch(`${stack.url}/api/me`, { headers: { Authorization: `Bearer ${token}` } });
  }
  await fetch(`${stack.url}/api/public`);
}

try {
  await prometheus.answers(`${url}/-/ready`);
  await traffic();
  await until("the service is read", async () => (await query('up{job="better-auth-verifier"} == 1')).length > 0);
  await until("traffic", async () => {
    await traffic();
    return (await query("rate(better_auth_verifier_verdicts_total[1m]) > 0")).length > 0;
  });
  const { data } = await (await fetch(`${url}/api/v1/rules`)).json();
  const rules = data.groups.flatMap((group) => group.rules);
  await until("the rules are judged", async () => {
    const groups = (await (await fetch(`${url}/api/v1/rules`)).json()).data.groups;
    return groups.flatMap((group) => group.rules).every((rule) => rule.health === "ok");
  });
  for (const rule of rules) console.log(`${rule.name}: ${(await query(rule.query)).length} firing`);
  const dashboard = JSON.parse(readFileSync(join(HERE, "dashboard.json"), "utf8"));
  for (const panel of dashboard.panels) {
    for (const { expr } of panel.targets ?? []) {
      const filled = Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
      console.log(`${panel.title}: ${(await query(filled)).length} series`);
    }
  }
} finally {
  await Promise.all([prometheus.close(), stack.close()]);
  remove();
}
