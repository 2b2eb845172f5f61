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
