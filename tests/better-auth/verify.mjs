// Judges the golden vectors with node:crypto alone: what they say must not depend on the software that wrote them.
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { cookieCache, cookiesOf, joined } from "./verify/cookie-cache.mjs";
import { decode, signedByKey } from "./verify/jws.mjs";
import { equal, tampered } from "./verify/text.mjs";

const VECTORS = new URL("../vectors/", import.meta.url);

function jws(vector) {
  const [head, body] = vector.token.split(".");
  return {
    "header as decoded": equal(decode(head), vector.header),
    "payload as decoded": equal(decode(body), vector.payload),
    "issued now": vector.payload.iat * 1000 === Date.parse(vector.now),
    "algorithm of the key": vector.jwks.keys.every(({ alg }) => alg === vector.header.alg),
    "no private key": !/"(d|p|q|dp|dq|qi|k|privateKey)":/.test(JSON.stringify(vector)),
    "signature": signedByKey(vector),
    "tampered signature refused": !signedByKey({ ...vector, token: tampered(vector.token) }),
  };
}

const KINDS = {
  jwt: (vector) => ({ ...jws(vector), "no typ": vector.header.typ === undefined }),
  "cookie-cache": cookieCache,
  "session-cache-jwt": (vector) => ({
    ...jws(vector),
    ...cookiesOf(vector),
    "typ": vector.header.typ === "better-auth.session-cache+jwt",
    "data cookie": joined(vector.cookies) === vector.token && vector.expiresAt === vector.payload.exp * 1000,
  }),
  "session-cookie": ({ baseURL, secret, cookieName, wire, decoded, setAuthToken, setCookie, token, getSession, sessionRow }) => ({
    "name": cookieName === `${baseURL.startsWith("https:") ? "__Secure-" : ""}better-auth.session_token`,
    "set": setCookie[0].startsWith(`${cookieName}=${wire};`),
    "decoded": decodeURIComponent(wire) === decoded && setAuthToken === decoded,
    "signature": `${token}.${createHmac("sha256", secret).update(token).digest("base64")}` === decoded,
    "row": sessionRow.token === token && sessionRow.id === getSession.session.id && sessionRow.expiresAt === getSession.session.expiresAt,
    "user": getSession.user.id === sessionRow.userId,
  }),
};

let failures = 0;
for (const file of readdirSync(VECTORS).sort()) {
  const vector = JSON.parse(readFileSync(new URL(file, VECTORS)));
  const failed = Object.entries(KINDS[vector.kind](vector)).filter(([, holds]) => !holds).map(([check]) => check);
  failures += failed.length;
  console.log(`${file}: ${failed.length === 0 ? "ok" : `FAILED: ${failed.join(", ")}`}`);
}
process.exitCode = failures === 0 ? 0 : 1;
