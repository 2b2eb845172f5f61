// Runs Schemathesis against a real stack: as a guest, as a stranger who makes credentials up, and as a caller who is signed in,
// by each carrier. The first argument is the program, the others are handed on to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { signIn, startStack, temporaryFolder } from "../stack/stack.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ENVIRONMENT = {
  PATH: process.env.PATH,
  PYTHONDONTWRITEBYTECODE: "1",
  SCHEMATHESIS_HOOKS: join(HERE, "hooks.py"),
};
// Two minutes or so in all.
const USUAL = ["--seed=1", "--max-examples=150"];

const program = resolve(process.argv[2]);
const given = process.argv.slice(3);

// How a person shows who they are by each carrier, in the words of Web Fuzzing Commons.
const CARRIERS = {
  // Fetched again now and then: a JWT lives for minutes, a long run for hours.
  authorization: (person, auth) => ({
    loginEndpointAuth: {
      verb: "GET",
      externalEndpointURL: `${auth}/api/auth/token`,
      headers: [{ name: "Authorization", value: `Bearer ${person.session}` }],
      token: {
        extractFrom: "body",
        extractSelector: "/token",
        sendIn: "header",
        sendName: "Authorization",
        sendTemplate: "Bearer {token}",
      },
    },
  }),
  header: (person) => ({ fixedHeaders: [{ name: "X-Session-Token", value: person.session }] }),
  cookie: (person, auth) => ({
    fixedHeaders: [
      { name: "Cookie", value: person.cookie },
      { name: "Origin", value: auth },
    ],
  }),
};

// Answers with what there is to tell of the run in one line, and whether it passed.
async function run(name, config, secrets) {
  const report = join(folder, `${name}.json`);
  const begin = Date.now();
  console.log(`\n== ${name}`);
  const options = ["--checks=all", "--generation-database=none", "--report=json", `--report-json-path=${report}`];
  const child = spawn(
    program,
    ["--config-file", join(HERE, config), "run", `${stack.url}/openapi.json`, ...options, ...USUAL, ...given],
    { cwd: folder, env: { ...ENVIRONMENT, ...secrets }, stdio: ["ignore", "inherit", "inherit"] },
  );
  process.once("exit", () => child.kill());
  const [code] = await once(child, "exit");
  const seconds = Math.round((Date.now() - begin) / 1000);
  // Without a report it has not even begun, and has said why.
  const cases = existsSync(report) && JSON.parse(readFileSync(report, "utf8")).test_cases;
  const figures = cases ? `${cases.generated} test cases, ${cases.unique_failures} failures` : "no test cases";
  return { passed: code === 0 && cases?.generated > 0, line: `${name}: ${figures}, ${seconds} s${code === 0 ? "" : ` (exit code ${code})`}` };
}

// Writes down how everybody shows who they are; the first is the caller, and neither may see what is the other's.
function writeAccounts(show) {
  const file = join(folder, "accounts.json");
  const auth = people.map((person) => ({ name: person.name, ...show(person, stack.auth) }));
  writeFileSync(file, JSON.stringify({ auth }), { mode: 0o600 });
  return file;
}

const { folder } = temporaryFolder();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const stack = await startStack();
const people = [await signIn(stack.auth, "alice@example.com"), await signIn(stack.auth, "bob@example.com")];

const runs = [await run("guest", "guest.toml"), await run("stranger", "stranger.toml")];
for (const [name, show] of Object.entries(CARRIERS)) {
  const secrets = { ACCOUNTS: writeAccounts(show), HOOK_SECRET: stack.hookSecret };
  runs.push(await run(name, "caller.toml", secrets));
}
await stack.close();

console.log(`\n${runs.map(({ line }) => line).join("\n")}`);
process.exitCode = runs.every(({ passed }) => passed) ? 0 : 1;
