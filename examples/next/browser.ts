// Better Auth and the service, for what runs in the browser.
import { createAuthClient } from "better-auth/react";
import { jwtClient } from "better-auth/client/plugins";
import { createClient, jwt } from "better-auth-verifier-client";

// #region browser
export const authClient = createAuthClient({ plugins: [jwtClient()] });
export const credential = jwt(() => authClient.token(), () => authClient.getSession());
// One for the whole page: in a browser there is one user at a time.
export const api = createClient({ baseUrl: process.env.NEXT_PUBLIC_API_URL!, credential });
// #endregion

// #region fault
/** What went wrong with a call of Better Auth, if anything did: its client answers a refusal, and throws without an answer. */
export async function faultOf(call: Promise<{ error: { message?: string | undefined } | null }>): Promise<string | undefined> {
  try {
    const { error } = await call;
    return error ? error.message || "That did not work. Please try again." : undefined;
  } catch {
    return "Better Auth does not answer. Please try again.";
  }
}
// #endregion
