// A service that hears of events, and notes each request it gets.
import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import assert from "node:assert/strict";

export const SECRET = "a secret of this test, long enough";

// The signature of the Standard Webhooks, by other means than the plugin's.
export function sign({ key = SECRET, id, timestamp, body }) {
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

async function read(request) {
  const chunks = await request.toArray();
  return { method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
}

// `answer` is asked for each request with the number of those before it, and says {status, headers}, or nothing: then the
// request hangs.
export async function startReceiver(answer = () => ({ status: 204 })) {
  const requests = [];
  const arrivals = new EventEmitter();
  const server = createServer(async (incoming, response) => {
    const number = requests.push({ at: Date.now(), ...(await read(incoming)) }) - 1;
    arrivals.emit("request");
    const { status, headers } = (await answer(number)) ?? {};
    if (status) response.writeHead(status, headers).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/hooks/better-auth`,
    requests,
    // The first so many requests, when they have come.
    async first(count) {
      while (requests.length < count) await once(arrivals, "request");
      return requests.slice(0, count);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

// What a request says, once all about it is as it must be.
export function readEvent({ method, headers, body }) {
  assert.equal(method, "POST");
  assert.equal(headers["content-type"], "application/json");
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
  assert.match(id, /^evt_[0-9a-f-]{36}$/);
  assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 5, `timestamp ${timestamp}`);
  assert.equal(signature, sign({ id, timestamp, body }));
  const event = JSON.parse(body);
  assert.deepEqual(Object.keys(event), ["type", "timestamp", "data"]);
  assert.match(event.timestamp, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  for (const value of Object.values(event.data)) assert.equal(typeof value, "string");
  return { id, type: event.type, ...event.data };
}
