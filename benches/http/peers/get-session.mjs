// Better Auth asked over HTTP: LISTEN and ISSUER in the environment. With REMEMBER, so many seconds, answers are kept by
// their cookie, which is what most write first; nothing tells this API of a sign-out.
import { publicPart, serve } from "./serve.mjs";

const { ISSUER, REMEMBER = 0 } = process.env;
const kept = new Map();

async function ask(cookie) {
  const response = await fetch(`${ISSUER}/api/auth/get-session`, { headers: { cookie } });
  if (!response.ok) throw new Error(`get-session: ${response.status}`);
  const found = await response.json();
  return found && publicPart(found.user);
}

serve(async ({ cookie }) => {
  const now = Date.now();
  const remembered = kept.get(cookie);
  if (remembered?.until > now) return remembered.user;
  const user = await ask(cookie);
  if (user && REMEMBER > 0) kept.set(cookie, { user, until: now + REMEMBER * 1000 });
  return user;
});
