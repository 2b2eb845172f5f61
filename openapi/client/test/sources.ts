// What Better Auth answers is what a source may answer, in the browser and on its server.
import { betterAuth } from "better-auth";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { jwt as jwtPlugin } from "better-auth/plugins";
import { jwt, type Jwt } from "better-auth-verifier-client";

declare const headers: Headers;
const authClient = createAuthClient({ plugins: [jwtClient()] });
const auth = betterAuth({ plugins: [jwtPlugin()] });

export const sources: Jwt[] = [
  jwt(() => authClient.token()),
  jwt(() => authClient.token(), () => authClient.getSession()),
  jwt(authClient.token),
  jwt(() => auth.api.getToken({ headers })),
  jwt(() => auth.api.getToken({ headers }), () => auth.api.getSession({ headers })),
];
// @ts-expect-error: a session is no token
export const session = () => jwt(() => authClient.getSession());
