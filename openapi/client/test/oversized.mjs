// A request that is too large for the service, which answers by the declared length alone.
import { once } from "node:events";
import { request as open } from "node:http";
import { text } from "node:stream/consumers";

const MAX_BODY = 1024 * 1024;

/** Fetch, which declares a body beyond the limit. None of it is sent: writing to who reads no more may fail first. */
export async function oversizedFetch({ url, method, headers }) {
  const declared = { ...Object.fromEntries(headers), "Content-Length": MAX_BODY + 1 };
  const outgoing = open(url, { method, headers: declared });
  outgoing.flushHeaders();
  const [incoming] = await once(outgoing, "response");
  const body = await text(incoming);
  outgoing.destroy();
  return new Response(body, { status: incoming.statusCode, headers: incoming.headers });
}
