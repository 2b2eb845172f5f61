// A JWS, signed with a key of the JWT plugin or with the secret.
import { constants, createHmac, createPublicKey, verify } from "node:crypto";

const SIGNATURES = {
  EdDSA: (data, key, signature) => verify(null, data, key, signature),
  Ed25519: (data, key, signature) => verify(null, data, key, signature),
  ES256: (data, key, signature) => verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature),
  ES512: (data, key, signature) => verify("sha512", data, { key, dsaEncoding: "ieee-p1363" }, signature),
  RS256: (data, key, signature) => verify("sha256", data, key, signature),
  PS256: (data, key, signature) =>
    verify("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature),
};

export const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));

export function signedByKey({ token, header, jwks }) {
  const [head, body, signature] = token.split(".");
  const jwk = jwks.keys.find(({ kid }) => kid === header.kid);
  return SIGNATURES[header.alg](Buffer.from(`${head}.${body}`), createPublicKey({ key: jwk, format: "jwk" }), Buffer.from(signature, "base64url"));
}

// A cookie cache of form "jwt".
export function openHs256(token, secret) {
  const [head, body, signature] = token.split(".");
  if (decode(head).alg !== "HS256") return null;
  if (createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url") !== signature) return null;
  const payload = decode(body);
  return { payload, expiresAt: payload.exp * 1000 };
}
