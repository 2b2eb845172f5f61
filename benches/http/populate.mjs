// Users with a session each, made by Better Auth itself, but for the passwords, which would take a second for ten users.
// Prints one JSON document: a list of {cookie, jwt}. POPULATE holds {"users", "jwts", …}; the rest is what
// tests/better-auth/auth.mjs takes.
import { createHmac } from "node:crypto";
import { startAuth } from "../../tests/better-auth/auth.mjs";

const { users, jwts = false, ...settings } = JSON.parse(process.env.POPULATE);
const { auth, close } = await startAuth(settings);
const context = await auth.$context;
const { name } = context.authCookies.sessionToken;

async function signUp(number) {
  const user = await context.internalAdapter.createUser({
    email: `user${number}@example.com`,
    name: `User ${number}`,
    image: `https://example.com/pictures/${number}.png`,
    emailVerified: true,
  });
  const { token } = await context.internalAdapter.createSession(user.id);
  const signature = createHmac("sha256", settings.secret).update(token).digest("base64");
  const cookie = `${name}=${encodeURIComponent(`${token}.${signature}`)}`;
  const jwt = jwts ? (await auth.api.getToken({ headers: new Headers({ cookie }) })).token : undefined;
  return { cookie, jwt };
}

const people = [];
while (people.length < users) people.push(await signUp(people.length + 1));
await close();
process.stdout.write(JSON.stringify(people), () => process.exit(0));
