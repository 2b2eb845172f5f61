// A script in Node that signs somebody up or in, such as one that fills a database for tests.
import { createAuthClient } from "better-auth/client";

// #region script
export const connect = (baseURL: string) => createAuthClient({
  baseURL,
  // Node's fetch looks like a browser's, so Better Auth asks where the page is from: its own origin, or a trusted one.
  fetchOptions: { headers: { Origin: new URL(baseURL).origin } },
});
// #endregion
