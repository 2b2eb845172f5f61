// A mobile app: it has no cookies, and keeps the session token itself.
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { bearer, createClient, jwt, ProblemError, unwrap, type Identity } from "better-auth-verifier-client";

/** The platform's safe, such as expo-secure-store. Nothing else may hold the token. */
export interface Safe {
  get(): Promise<string | null>;
  set(token: string): Promise<void>;
  delete(): Promise<void>;
}

export function connect(safe: Safe) {
  // #region client
  const authClient = createAuthClient({
    baseURL: "https://auth.example.com",
    plugins: [jwtClient()],
    fetchOptions: {
      // The phone's own cookies would go along, and Better Auth would then ask for an Origin.
      credentials: "omit",
      auth: { type: "Bearer", token: async () => (await safe.get()) ?? undefined },
      async onSuccess({ response }) {
        const token = response.headers.get("set-auth-token");
        if (token) await safe.set(token);
      },
    },
  });
  const api = createClient({ baseUrl: "https://api.example.com", credential: bearer(() => safe.get()) });
  // #endregion
  const credential = jwt(() => authClient.token(), () => authClient.getSession());
  const jwtApi = createClient({ baseUrl: "https://api.example.com", credential });

  /** Who is signed in, if anybody is. An outage is thrown, and leaves the token where it is. */
  async function whoAmI(): Promise<Identity | undefined> {
    try {
      return await unwrap(api.GET("/api/me"));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error;
      // The session has ended: let the user sign in.
      await safe.delete();
      return undefined;
    }
  }

  /** Whether Better Auth has ended the session. Without a connection it lives on there until it expires. */
  async function signOut(): Promise<boolean> {
    const { error } = await authClient.signOut().catch((error: unknown) => ({ error }));
    // In any case: what is not on the phone cannot be taken from it.
    await safe.delete();
    return !error;
  }

  return { authClient, api, jwtApi, whoAmI, signOut };
}
