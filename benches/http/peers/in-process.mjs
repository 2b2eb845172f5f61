// Better Auth in the same process: LISTEN, and in BETTER_AUTH what tests/better-auth/auth.mjs takes.
import { startAuth } from "../../../tests/better-auth/auth.mjs";
import { publicPart, serve } from "./serve.mjs";

const { auth } = await startAuth(JSON.parse(process.env.BETTER_AUTH));

serve(async ({ cookie }) => {
  const found = await auth.api.getSession({ headers: new Headers({ cookie }) });
  return found && publicPart(found.user);
});
