// A cookie cache of form "compact": base64url of {"session":…,"expiresAt":N,"signature":"…"}.
import { createHmac } from "node:crypto";

const SHAPE = /^\{"session":(\{.*\}),"expiresAt":(\d+),"signature":"([A-Za-z0-9_-]+)"\}$/s;

// Signed is the text of `session` with `expiresAt` as its last member. It is taken as it came: written again from what was
// parsed, it may differ in a character.
export function openCompact(value, secret) {
  const [, session, expiresAt, signature] = SHAPE.exec(Buffer.from(value, "base64url").toString()) ?? [];
  if (signature === undefined) return null;
  const signed = `${session.slice(0, -1)},"expiresAt":${expiresAt}}`;
  if (createHmac("sha256", secret).update(signed).digest("base64url") !== signature) return null;
  return { payload: JSON.parse(session), expiresAt: Number(expiresAt) };
}
