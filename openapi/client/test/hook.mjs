// What Better Auth's plugin sends, signed as https://www.standardwebhooks.com specifies.
import { createHmac, randomUUID } from "node:crypto";

export function eventOf(secret, type, data, id = `evt_${randomUUID()}`) {
  const body = { type, timestamp: new Date().toISOString(), data };
  const timestamp = `${Math.floor(Date.now() / 1000)}`;
  const mac = createHmac("sha256", secret).update(`${id}.${timestamp}.${JSON.stringify(body)}`).digest("base64");
  const header = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${mac}` };
  return { params: { header }, body };
}
