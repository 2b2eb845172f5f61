// The small APIs of examples/forward-auth/apis, each in a language of its own.
import { join } from "node:path";
import { freePort, start, temporaryFolder } from "../stack/stack.mjs";
import { RECIPES } from "./site.mjs";

const FILES = join(RECIPES, "apis");
const { PATH, HOME, PYTHON = "python3" } = process.env;

// What starts one, at a port. `folder` is for what is compiled.
const LANGUAGES = {
  node: () => ["node", [join(FILES, "api.mjs")]],
  python: () => [PYTHON, [join(FILES, "api.py")]],
  ruby: (port) => ["puma", ["--quiet", "--bind", `tcp://127.0.0.1:${port}`, join(FILES, "api.ru")]],
  perl: (port) => ["perl", [join(FILES, "api.pl"), "daemon", "--listen", `http://127.0.0.1:${port}`]],
  async go(_port, folder) {
    const program = join(folder, "api");
    const env = { PATH, HOME, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "-buildvcs=false" };
    const built = start("go", ["build", "-o", program, join(FILES, "api.go")], { env });
    const [code] = await built.ended;
    if (code !== 0) throw new Error(`go build: ${built.log()}`);
    return [program, []];
  },
};

// What `tests/forward-auth/run` has chosen.
export const CHOSEN = (process.env.LANGUAGES ?? "node").split(",");

// An API that takes assertions of `issuer` for `audience`, and has their keys from `keys`.
export async function startApi(language, { issuer, keys = `${issuer}/.well-known/jwks.json`, audience = "https://api.example.com" }) {
  const { folder, remove } = temporaryFolder();
  const port = await freePort();
  const [program, args] = await LANGUAGES[language](port, folder);
  const api = start(program, args, { env: { PATH, HOME, PORT: port, ISSUER: issuer, AUDIENCE: audience, JWKS_URL: keys } });
  const close = () => api.close().finally(remove);
  try {
    await listening(port, api);
  } catch (error) {
    await close();
    throw error;
  }
  return { port, close };
}

// Any answer is one: without an assertion there is only 401.
async function listening(port, api) {
  let hasEnded = false;
  api.ended.then(() => (hasEnded = true));
  for (let tries = 0; tries < 300; tries++) {
    if (hasEnded) break;
    const answer = await fetch(`http://127.0.0.1:${port}/whoami`).catch(() => undefined);
    if (answer) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`the API does not start: ${api.log()}`);
}
