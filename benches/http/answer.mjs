// One request, written and read as it is on the wire.
import { connect } from "node:net";

export function requestText(path, headers) {
  return [`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...headers, "", ""].join("\r\n");
}

// The first answer in these octets, if it is there as a whole.
function read(octets) {
  const end = octets.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = octets.subarray(0, end).toString("latin1");
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error(`an answer without its length: ${head}`);
  const size = end + 4 + length;
  if (octets.length < size) return undefined;
  return { status: Number(head.split(" ")[1]), size, head, body: octets.subarray(end + 4, size).toString() };
}

// A connection that asks one question after the other. It fails with the system's error when nobody listens.
export class Connection {
  #socket;
  #octets = Buffer.alloc(0);
  #waiting;

  static open(port) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(new Connection(socket))).once("error", reject);
    });
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (data) => this.#receive(data));
    for (const event of ["error", "close"]) {
      socket.on(event, (fault) => this.#waiting?.reject(fault || new Error("the server has closed the connection")));
    }
  }

  #receive(data) {
    this.#octets = Buffer.concat([this.#octets, data]);
    const answer = read(this.#octets);
    if (!answer) return;
    this.#octets = this.#octets.subarray(answer.size);
    this.#waiting?.resolve(answer);
  }

  ask(path, headers) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(requestText(path, headers));
    });
  }

  close() {
    this.#socket.destroy();
  }
}

export async function askOnce(port, path, headers) {
  const connection = await Connection.open(port);
  return connection.ask(path, headers).finally(() => connection.close());
}
