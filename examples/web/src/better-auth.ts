// Better Auth, which signs users in and out. The service is asked who they are: see identity.ts.
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { recorded } from "./log.js";
import { AUTH_URL } from "./place.js";

const SESSION_TOKEN = "session-token";

const client = createAuthClient({
  baseURL: AUTH_URL,
  plugins: [jwtClient()],
  fetchOptions: {
    customFetchImpl: (url, init) => recorded(new Request(url, init)),
    onSuccess: ({ response }) => {
      const token = response.headers.get("set-auth-token");
      if (token) sessionStorage.setItem(SESSION_TOKEN, token);
    },
  },
});

/** Whom somebody says to be. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** The session token of the sign-in in this tab. Whoever can run a script here can read it: the cookie is safer. */
export function sessionToken(): string | null {
  return sessionStorage.getItem(SESSION_TOKEN);
}

/** A new JWT. */
export const token = () => client.token();

/** What Better Auth knows of the session, if there is one. */
export const session = () => client.getSession();

/** All of these answer with what is wrong, if anything is. */
export type Fault = string | undefined;

export const signUp = ({ name, email, password }: Person): Promise<Fault> =>
  faultOf(() => client.signUp.email({ name, email, password }));

export const signIn = ({ email, password }: Person): Promise<Fault> =>
  faultOf(() => client.signIn.email({ email, password }));

/** Ends this session. The browser drops the cookie. */
export async function signOut(): Promise<Fault> {
  const fault = await faultOf(() => client.signOut());
  if (!fault) sessionStorage.removeItem(SESSION_TOKEN);
  return fault;
}

/** Ends all sessions of the user. Nobody's browser drops a cookie: they are refused from now on. */
export const signOutEverywhere = (): Promise<Fault> => faultOf(() => client.revokeSessions());

async function faultOf(call: () => Promise<{ error: { message?: string | undefined } | null }>): Promise<Fault> {
  try {
    const { error } = await call();
    return error ? error.message || "Better Auth refuses it." : undefined;
  } catch {
    return "Better Auth does not answer.";
  }
}
