// The golden vectors by name: each one's kind, its secret, and how to get the rest of it.
import { cookieCache, sessionCacheJwt } from "./cookie-cache.mjs";
import { jwt } from "./jws.mjs";
import { sessionCookie } from "./session-cookie.mjs";
import { withSession } from "./sign-in.mjs";

const SECRET = "a-secret-of-the-tests-0123456789-ABCDEFG";
const HTTPS = "https://auth.example.test";
const HTTP = "http://auth.example.test:3000";

const cookieCacheOptions = (strategy, more) => ({ session: { cookieCache: { enabled: true, strategy, ...more } } });

const vector = (kind, take, { baseURL = HTTPS, secret = SECRET, ...options } = {}) => async () => ({
  kind,
  baseURL,
  secret,
  ...(await withSession({ baseURL, secret, ...options }, take)),
});

const cache = (form, options = cookieCacheOptions(form)) => async () => {
  const { kind, baseURL, secret, ...taken } = await vector("cookie-cache", cookieCache(form), options)();
  return { kind, form, baseURL, secret, ...taken };
};

// The current secret is the first one. `rotated` is what was issued when the other one was current.
const NEW = { version: 2, value: "the-new-secret-of-the-tests-0123456789-AB" };
const OLD = { version: 1, value: "the-old-secret-of-the-tests-0123456789-AB" };
const rotation = (form) => async () => {
  const under = (secrets) => cache(form, { ...cookieCacheOptions(form), secret: secrets[0].value, secrets })();
  const { secret, sessionCookie, cookies, payload, expiresAt } = await under([OLD]);
  const secrets = [NEW, OLD];
  return { ...(await under(secrets)), secrets, rotated: { secret, sessionCookie, cookies, payload, expiresAt } };
};

const NAME = "Änne \u{1F98A} 李 \"quoted\" \\ </script> \u0001\t\n\u007f\u0085\u2028";
// Enough for three cookies.
const BIO = "A long story. ".repeat(500);
const jwtOf = (alg) => vector("jwt", jwt, { plugins: { jwt: { jwks: { keyPairConfig: { alg } } } } });

export const VECTORS = {
  "session-cookie-http": vector("session-cookie", sessionCookie, { baseURL: HTTP }),
  "session-cookie-https": vector("session-cookie", sessionCookie),
  "session-cookie-not-remembered": vector("session-cookie", sessionCookie, { signIn: { rememberMe: false } }),
  "session-cookie-non-ascii-secret": vector("session-cookie", sessionCookie, { secret: "Schlüssel für die Prüfung 🔑 0123456789" }),
  ...Object.fromEntries(["EdDSA", "Ed25519", "ES256", "ES512", "RS256", "PS256"].map((alg) => [`jwt-${alg}`, jwtOf(alg)])),
  "session-cache-jwt": vector("session-cache-jwt", sessionCacheJwt, {
    plugins: { jwt: { sessionCookieCache: true } },
    ...cookieCacheOptions("jwt"),
  }),
  "cookie-cache-compact": cache("compact"),
  "cookie-cache-compact-version": cache("compact", cookieCacheOptions("compact", { version: "2026-01" })),
  "cookie-cache-compact-unicode": cache("compact", { ...cookieCacheOptions("compact"), signUp: { name: NAME } }),
  "cookie-cache-jwt": cache("jwt"),
  "cookie-cache-jwe": cache("jwe"),
  "cookie-cache-jwe-chunked": cache("jwe", {
    ...cookieCacheOptions("jwe"),
    user: { additionalFields: { bio: { type: "string" } } },
    signUp: { bio: BIO },
  }),
  "cookie-cache-stateless": cache("jwe", { database: null }),
  "secrets-rotation-compact": rotation("compact"),
  "secrets-rotation-jwt": rotation("jwt"),
  "secrets-rotation-jwe": rotation("jwe"),
};
