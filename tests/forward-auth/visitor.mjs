// A client that sends what it is asked to, right or wrong, from an address of its own.
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";

// Every address of 127.0.0.0/8 is this machine; the service counts each as another client.
let addresses = 1;
export const newAddress = () => `127.0.${1 + (addresses >> 8)}.${1 + (addresses++ & 0xff) % 254}`;

export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

export const HANDSHAKE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

// Answers with status, headers and what stood in the body. An `upgraded` answer has none.
export function send(port, path, { method = "GET", headers = {}, body, from = newAddress() } = {}) {
  const options = { host: "127.0.0.1", port, path, method, headers, localAddress: from, agent: false };
  return new Promise((resolve, reject) => {
    const request = http.request(options);
    const answer = ({ statusCode: status, headers }, text) => resolve({ status, headers, text, json: parse(text) });
    request.once("error", reject);
    request.once("upgrade", (response, socket) => {
      socket.destroy();
      answer(response, "");
    });
    request.once("response", async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      answer(response, Buffer.concat(chunks).toString());
    });
    request.setTimeout(20_000, () => request.destroy(new Error(`no answer to ${method} ${path}`)));
    request.end(body);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// A connection of HTTP/2 over TLS to this port, whatever the certificate. `send` answers as the one above.
export async function connectHttp2(port) {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  await once(session, "connect");
  const send = async (path, { method = "GET", headers = {} } = {}) => {
    const stream = session.request({ ":path": path, ":method": method, ...headers });
    stream.setTimeout(20_000, () => stream.destroy(new Error(`no answer to ${method} ${path}`)));
    const [{ ":status": status, ...received }] = await once(stream.end(), "response");
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    return { status, headers: received, text, json: parse(text) };
  };
  return { send, close: () => session.destroy() };
}
