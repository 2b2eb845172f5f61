// Better Auth's own client, as in an app without cookies: the session token is kept, and sent to Better Auth.
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";

export function authClientOf(baseURL) {
  let session;
  return createAuthClient({
    baseURL,
    plugins: [jwtClient()],
    fetchOptions: {
      // A browser says where the page is from.
      headers: { Origin: baseURL },
      auth: { type: "Bearer", token: () => session },
      onSuccess({ response }) {
        session = response.headers.get("set-auth-token") ?? session;
      },
    },
  });
}

export function personOf(name) {
  return { name, email: `${name.toLowerCase()}@example.com`, password: "correct horse battery" };
}
