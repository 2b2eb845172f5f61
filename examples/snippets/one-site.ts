// A page on one origin with Better Auth and the API: the browser keeps the session cookie, and sends it.
import { createAuthClient } from "better-auth/client";
import { cookie, createClient, unwrap } from "better-auth-verifier-client";

// #region cookie
export const authClient = createAuthClient();
export const api = createClient({ baseUrl: "", credential: cookie() });

export async function greet(): Promise<string> {
  const { user, strategy } = await unwrap(api.GET("/api/me"));
  return `Hello, ${user.name}, known by ${strategy}!`;
}
// #endregion
