// The cookies of a session with a cookie cache: the session cookie, and one or more with the session's data.
import { createHmac } from "node:crypto";
import { openCompact } from "./compact.mjs";
import { openJwe } from "./jwe.mjs";
import { openHs256 } from "./jws.mjs";
import { equal, tampered } from "./text.mjs";

const OPEN = { compact: openCompact, jwt: openHs256, jwe: openJwe };

export const joined = (cookies) => cookies.map(({ value }) => decodeURIComponent(value)).join("");

// What every form has in common, whoever signs the data.
export function cookiesOf({ baseURL, secret, now, sessionCookie, cookies, payload, expiresAt }) {
  const { cookieName, wire, token } = sessionCookie;
  const prefix = `${baseURL.startsWith("https:") ? "__Secure-" : ""}better-auth.`;
  const signature = createHmac("sha256", secret).update(token).digest("base64");
  const names = cookies.map(({ name }) => name);
  const expected = cookies.map((_, index) => `${prefix}session_data${cookies.length > 1 ? `.${index}` : ""}`);
  return {
    "session cookie": cookieName === `${prefix}session_token` && decodeURIComponent(wire) === `${token}.${signature}`,
    "names of the data cookies": equal(names, expected),
    "data of the session": payload.session.token === token && payload.user.id === payload.session.userId,
    "made now": payload.updatedAt === Date.parse(now),
    "not expired, and no longer than the session": expiresAt > Date.parse(now) && expiresAt <= Date.parse(payload.session.expiresAt),
  };
}

export function cookieCache(vector) {
  const { form, secret, cookies, payload, expiresAt } = vector;
  const open = OPEN[form];
  const data = joined(cookies);
  const checks = {
    ...cookiesOf(vector),
    "opened": equal(open(data, secret), { payload, expiresAt }),
    "another secret refused": open(data, `${secret}!`) === null,
    "tampered refused": open(tampered(data), secret) === null,
    "tampered data refused": open(tampered(data, Math.floor(data.length / 2)), secret) === null,
  };
  return vector.rotated === undefined ? checks : { ...checks, ...rotated(vector) };
}

// Of a secret that was replaced: what was issued before, when it was the current one.
function rotated({ rotated, ...vector }) {
  const before = Object.entries(cookieCache({ ...vector, ...rotated })).map(([check, holds]) => [`before: ${check}`, holds]);
  return {
    ...Object.fromEntries(before),
    "secrets": vector.secrets[0].value === vector.secret && vector.secrets[1].value === rotated.secret,
    "each opens its own only": OPEN[vector.form](joined(rotated.cookies), vector.secret) === null,
  };
}
