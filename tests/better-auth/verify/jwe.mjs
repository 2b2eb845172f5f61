// A cookie cache of form "jwe": a compact JWE, encrypted directly (`dir`) with A256CBC-HS512 under a key made of the secret.
import { createDecipheriv, createHash, createHmac, hkdfSync } from "node:crypto";

const INFO = "BetterAuth.js Generated Encryption Key";
const keyOf = (secret) => Buffer.from(hkdfSync("sha256", secret, "better-auth-session", INFO, 64));

// RFC 7638.
const thumbprint = (key) => createHash("sha256").update(`{"k":"${key.toString("base64url")}","kty":"oct"}`).digest("base64url");

// RFC 7518, section 5.2.2: the first half of the key authenticates, the second one encrypts.
export function openJwe(value, secret) {
  const [head, ...parts] = value.split(".");
  const [encryptedKey, iv, text, tag] = parts.map((part) => Buffer.from(part, "base64url"));
  const header = JSON.parse(Buffer.from(head, "base64url"));
  const key = keyOf(secret);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(head.length * 8));
  const mac = createHmac("sha512", key.subarray(0, 32)).update(head).update(iv).update(text).update(length).digest();
  const known = header.alg === "dir" && header.enc === "A256CBC-HS512" && header.kid === thumbprint(key);
  if (!known || encryptedKey.length > 0 || !mac.subarray(0, 32).equals(tag)) return null;
  const decipher = createDecipheriv("aes-256-cbc", key.subarray(32), iv);
  const payload = JSON.parse(Buffer.concat([decipher.update(text), decipher.final()]));
  return { payload, expiresAt: payload.exp * 1000 };
}
