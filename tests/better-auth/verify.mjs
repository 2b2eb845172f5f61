// Judges the golden vectors with node:crypto alone: what they say must not depend on the software that wrote them.
import { constants, createHmac, createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const VECTORS = new URL("../vectors/", import.meta.url);

const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
const equal = (left, right) => JSON.stringify(left) === JSON.stringify(right);

const SIGNATURES = {
  EdDSA: (data, key, signature) => verify(null, data, key, signature),
  Ed25519: (data, key, signature) => verify(null, data, key, signature),
  ES256: (data, key, signature) => verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature),
  ES512: (data, key, signature) => verify("sha512", data, { key, dsaEncoding: "ieee-p1363" }, signature),
  RS256: (data, key, signature) => verify("sha256", data, key, signature),
  PS256: (data, key, signature) =>
    verify("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature),
};

function signed({ token, header, jwks }) {
  const [head, body, signature] = token.split(".");
  const jwk = jwks.keys.find(({ kid }) => kid === header.kid);
  return SIGNATURES[header.alg](Buffer.from(`${head}.${body}`), createPublicKey({ key: jwk, format: "jwk" }), Buffer.from(signature, "base64url"));
}

// The last character but one of the signature, so that no unused bits hide the change.
const tampered = (token) => token.replace(/.(.)$/, (pair, last) => (pair[0] === "A" ? "B" : "A") + last);

function jws(vector) {
  const [head, body] = vector.token.split(".");
  return {
    "header as decoded": equal(decode(head), vector.header),
    "payload as decoded": equal(decode(body), vector.payload),
    "issued now": vector.payload.iat * 1000 === Date.parse(vector.now),
    "algorithm of the key": vector.jwks.keys.every(({ alg }) => alg === vector.header.alg),
    "no private key": !/"(d|p|q|dp|dq|qi|k|privateKey)":/.test(JSON.stringify(vector)),
    "signature": signed(vector),
    "tampered signature refused": !signed({ ...vector, token: tampered(vector.token) }),
  };
}

const KINDS = {
  jwt: (vector) => ({ ...jws(vector), "no typ": vector.header.typ === undefined }),
  "session-cache-jwt": (vector) => ({ ...jws(vector), "typ": vector.header.typ === "better-auth.session-cache+jwt" }),
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
