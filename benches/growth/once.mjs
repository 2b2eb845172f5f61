// Asks with each of many cookies once, several requests at a time on each of several connections.
import { connect } from "node:net";
import { requestText } from "../http/answer.mjs";

const [CONNECTIONS, BATCH] = [16, 32];

function* batches(path, cookies) {
  const batch = [];
  for (const cookie of cookies) if (batch.push(requestText(path, [cookie])) === BATCH) yield batch.splice(0);
  if (batch.length > 0) yield batch;
}

// Takes whole answers off the front of this text, whose characters are octets. Answers with how many these were, and the rest.
function read(text) {
  let [count, at] = [0, 0];
  for (;;) {
    const end = text.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const head = text.slice(at, end);
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`a cookie is answered ${head}`);
    const size = end + 4 + Number(/content-length: *(\d+)/i.exec(head)[1]);
    if (text.length < size) break;
    [count, at] = [count + 1, size];
  }
  return [count, text.slice(at)];
}

// Sends one batch after the other, each when the one before has been answered.
function work(port, pending) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }).setEncoding("latin1");
    let [awaited, text] = [0, ""];
    const next = () => {
      const { done, value } = pending.next();
      if (done) return resolve(socket.destroy());
      awaited = value.length;
      socket.write(value.join(""));
    };
    const receive = (data) => {
      const [count, rest] = read(text + data);
      [awaited, text] = [awaited - count, rest];
      if (awaited === 0) next();
    };
    socket.on("connect", next).on("error", reject);
    socket.on("close", () => reject(new Error("the service has closed the connection")));
    socket.on("data", (data) => {
      try {
        receive(data);
      } catch (fault) {
        reject(fault);
      }
    });
  });
}

export async function askOnceWithEach(port, path, cookies) {
  const pending = batches(path, cookies);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => work(port, pending)));
}
