// A page that calls Better Auth and the API at addresses of their own.
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { cookie, createClient, jwt } from "better-auth-verifier-client";

// #region jwt
export const authClient = createAuthClient({ baseURL: "https://auth.example.com", plugins: [jwtClient()] });
export const credential = jwt(() => authClient.token());
export const api = createClient({ baseUrl: "https://api.example.com", credential });
// #endregion

// #region sign-out
export async function signOut(): Promise<void> {
  const { error } = await authClient.signOut();
  if (error) throw new Error("Still signed in", { cause: error });
  // The JWT is good for minutes more, and would be sent for whoever signs in next.
  credential.forget();
}
// #endregion

// The same with the session cookie, where it goes to the API's host, too.
export const cookieApi = createClient({ baseUrl: "https://api.example.com", credential: cookie() });
