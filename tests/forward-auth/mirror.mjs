// An API that says what reached it: of a proxy nothing else matters. Below /status/ it answers with that status.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export async function startMirror() {
  // All that came through since `forget`.
  let seen = [];
  const note = ({ method, url, rawHeaders }, body) => {
    const headers = [];
    for (let at = 0; at < rawHeaders.length; at += 2) headers.push([rawHeaders[at].toLowerCase(), rawHeaders[at + 1]]);
    seen.push({ method, url, headers, body });
    return seen.at(-1);
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const [, status = 200] = /^\/status\/(\d+)$/.exec(request.url) ?? [];
    response.writeHead(Number(status), { "Content-Type": "application/json", "Retry-After": "77" });
    response.end(JSON.stringify(note(request, Buffer.concat(chunks).toString())));
  });
  server.on("upgrade", (request, socket) => {
    note(request, "");
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return {
    port: server.address().port,
    seen: () => seen,
    forget: () => void (seen = []),
    close,
  };
}

// The values of a header, whatever the spelling: CGI and its children read dashes and underscores as the same.
export const values = ({ headers }, name) =>
  headers.filter(([other]) => other.replaceAll("_", "-") === name.toLowerCase()).map(([, value]) => value);
