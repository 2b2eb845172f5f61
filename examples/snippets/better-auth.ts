// Better Auth, as pages of another origin need it.
// #region options
import type { BetterAuthOptions } from "better-auth";
import { bearer, jwt } from "better-auth/plugins";
import cors from "cors";
import type { RequestListener } from "node:http";

export const options = {
  baseURL: "https://auth.example.com",
  plugins: [jwt(), bearer()],
  // Whose pages may sign in here.
  trustedOrigins: ["https://app.example.com"],
  // Only where the API is to get the cookie: it goes to all hosts below example.com.
  advanced: { crossSubDomainCookies: { enabled: true, domain: "example.com" } },
} satisfies BetterAuthOptions;

// Better Auth leaves CORS to its server: createServer(permitted(toNodeHandler(betterAuth(options))))
const permit = cors({ origin: options.trustedOrigins, credentials: true });
export const permitted = (handle: RequestListener): RequestListener =>
  (request, response) => permit(request, response, () => handle(request, response));
// #endregion
