// fetch as a phone has it: unlike Node's own it says neither where a page is from nor why it asks (Sec-Fetch-…), so that
// Better Auth asks for no Origin. The names of the guide lead to addresses of this machine.
import { once } from "node:events";
import { request as send } from "node:http";

const EMPTY = [204, 304];

/** `addresses` holds one for each origin: { "https://api.example.com": "http://127.0.0.1:8000" }. */
export function lead(addresses) {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname, search } = new URL(request.url);
    const { method, signal } = request;
    const headers = Object.fromEntries(request.headers);
    const sent = send((addresses[origin] ?? origin) + pathname + search, { method, headers, signal });
    sent.end(Buffer.from(await request.arrayBuffer()));
    const [answer] = await once(sent, "response").catch((cause) => {
      throw new TypeError("fetch failed", { cause });
    });
    const body = Buffer.concat(await answer.toArray());
    const received = Object.entries(answer.headersDistinct).flatMap(([name, values]) => values.map((value) => [name, value]));
    return new Response(EMPTY.includes(answer.statusCode) ? null : body, { status: answer.statusCode, headers: received });
  };
}
