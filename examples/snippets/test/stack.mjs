// A real Better Auth and the service, told what the guide tells them, at addresses of this machine.
import { fileURLToPath } from "node:url";
import { startStack as start } from "../../../tests/stack/stack.mjs";

/** As tests/better-auth takes them, in JSON: the plugins by name, and no others. */
const named = ({ plugins, ...options }) => ({
  ...options,
  ...(plugins && { plugins: { jwt: false, bearer: false, ...Object.fromEntries(plugins.map(({ id }) => [id, {}])) } }),
});

/** `configuration` is one of the files *.toml here, `options` are Better Auth's, `variables` more for the service. */
export async function startStack({ configuration, options = {}, variables }) {
  const file = fileURLToPath(new URL(`../${configuration}`, import.meta.url));
  const { betterAuth, service, close } = await start({ file, options: named(options), variables });
  return { auth: betterAuth, service, close };
}
