// What a vector holds of a session with a cookie cache. Better Auth itself decrypts: verify.mjs has another way.
import { symmetricDecodeJWT } from "better-auth/crypto";
import { jws } from "./jws.mjs";
import { cookiesNamed } from "./sign-in.mjs";

const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
const claims = (payload) => ({ payload, expiresAt: payload.exp * 1000 });

const READ = {
  compact: (data) => (({ session, expiresAt }) => ({ payload: session, expiresAt }))(decode(data)),
  jwt: (data) => claims(decode(data.split(".")[1])),
  jwe: async (data, { secretConfig }) => claims(await symmetricDecodeJWT(data, secretConfig, "better-auth-session")),
};

export const cookieCache = (form) => async ({ setCookie, session, context }) => {
  const cookies = cookiesNamed(".session_data", setCookie);
  const data = cookies.map(({ value }) => decodeURIComponent(value)).join("");
  return { sessionCookie: session, cookies, ...(await READ[form](data, context)) };
};

// Signed with the keys of the JWT plugin: a JWS of the same issuer that is no JWT of that plugin.
export async function sessionCacheJwt({ setCookie, session, getJson }) {
  const cookies = cookiesNamed(".session_data", setCookie);
  const taken = await jws(cookies[0].value, getJson);
  return { ...taken, form: "jwks", sessionCookie: session, cookies, expiresAt: taken.payload.exp * 1000 };
}
