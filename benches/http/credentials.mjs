// What requests carry: files of headers, one in each line, made of what Better Auth has issued.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const decode = (part) => Buffer.from(part, "base64url");
const encode = (octets) => Buffer.from(octets).toString("base64url");

// Changes one part of a token, which is JSON.
function changed(part, change) {
  const value = JSON.parse(decode(part));
  return encode(JSON.stringify({ ...value, ...change(value) }));
}

// Another key id of the same length, its own for each number. Issued before the keys were fetched: a key that is missing may else
// be newer than they are, and the answer is 503.
function withUnknownKey(jwt, number) {
  const [header, payload, signature] = jwt.split(".");
  const unknown = changed(header, ({ kid }) => ({ kid: `unknown-${number}`.padEnd(kid.length, "-") }));
  return [unknown, changed(payload, ({ iat }) => ({ iat: iat - 600 })), signature].join(".");
}

function withBadSignature(jwt) {
  const [head, payload, signature] = jwt.split(".");
  const octets = decode(signature);
  octets[10] ^= 1;
  return [head, payload, encode(octets)].join(".");
}

// The signature of one session behind the token of another.
function withSignatureOf(other, cookie) {
  const at = (text) => text.lastIndexOf(".");
  return cookie.slice(0, at(cookie)) + other.slice(at(other));
}

const cookies = (people) => people.map(({ cookie }) => `Cookie: ${cookie}`);
const bearers = (jwts) => jwts.map((jwt) => `Authorization: Bearer ${jwt}`);

// By name, a list of headers each.
export function credentials({ postgres, sqlite, redis }) {
  const jwts = postgres.map(({ jwt }) => jwt);
  const bad = postgres.map(({ cookie }, index) => ({ cookie: withSignatureOf(postgres.at(index - 1).cookie, cookie) }));
  return {
    session: cookies(postgres),
    "session in SQLite": cookies(sqlite),
    "session in Redis": cookies(redis),
    "forged session": cookies(bad),
    jwt: bearers(jwts),
    "unknown key": bearers(jwts.map(withUnknownKey)),
    "forged jwt": bearers(jwts.map(withBadSignature)),
    garbage: bearers(jwts.map((_, number) => `garbage-${number}`)),
  };
}

// Writes each into a file of this folder. Answers with their paths by name.
export function writeCredentials(lists, folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = ([name, headers]) => {
    const file = join(folder, name.replaceAll(" ", "-"));
    writeFileSync(file, `${headers.join("\n")}\n`);
    return [name, file];
  };
  return Object.fromEntries(Object.entries(lists).map(write));
}
