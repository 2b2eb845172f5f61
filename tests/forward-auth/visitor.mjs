// A client that sends what it is asked to, right or wrong, from an address of its own.
import http from "node:http";

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
