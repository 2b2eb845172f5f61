// A page that calls Better Auth and the API at addresses of their own.
// #region jwt
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { createClient, jwt, unwrap } from "better-auth-verifier-client";

export const authClient = createAuthClient({ baseURL: "https://auth.example.com", plugins: [jwtClient()] });
export const credential = jwt(() => authClient.token(), () => authClient.getSession());
export const api = createClient({ baseUrl: "https://api.example.com", credential });

export const whoIsCalling = () => unwrap(api.GET("/api/me"));
// #endregion

// #region page
import { nextStep } from "./problems.js";

export async function signIn(email: string, password: string): Promise<string> {
  const { error } = await authClient.signIn.email({ email, password });
  if (error) return error.message ?? "That did not work.";
  // What is kept may be the JWT of whoever was here before.
  credential.forget();
  return greet();
}

export async function greet(): Promise<string> {
  try {
    const { user } = await whoIsCalling();
    return `Hello, ${user.name}!`;
  } catch (error) {
    const step = nextStep(error);
    if (step.do === "say") return step.text;
    return step.do === "wait" ? "One moment, please." : "Please sign in.";
  }
}

export async function signOut(): Promise<void> {
  const { error } = await authClient.signOut();
  if (error) throw new Error("Still signed in", { cause: error });
  // The JWT is good for minutes more, and would be sent for whoever signs in next.
  credential.forget();
}
// #endregion

// The same with the session cookie, where it goes to the API's host, too.
import { cookie } from "better-auth-verifier-client";
export const cookieApi = createClient({ baseUrl: "https://api.example.com", credential: cookie() });
