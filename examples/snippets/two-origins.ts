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

/** What went wrong with a call of Better Auth, if anything did: its client answers a refusal, and throws without an answer. */
async function faultOf(call: Promise<{ error: { message?: string | undefined } | null }>): Promise<string | undefined> {
  try {
    const { error } = await call;
    return error ? error.message || "That did not work." : undefined;
  } catch {
    return "Better Auth does not answer. Please try again.";
  }
}

export async function signIn(email: string, password: string): Promise<string> {
  const fault = await faultOf(authClient.signIn.email({ email, password }));
  if (fault) return fault;
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

export async function signOut(): Promise<string> {
  const fault = await faultOf(authClient.signOut());
  if (fault) return `You are still signed in. ${fault}`;
  // The JWT is good for minutes more, and would be sent for whoever signs in next.
  credential.forget();
  return "You are signed out.";
}
// #endregion

// The same with the session cookie, where it goes to the API's host, too.
import { cookie } from "better-auth-verifier-client";
export const cookieApi = createClient({ baseUrl: "https://api.example.com", credential: cookie() });
