import { createServer } from "node:http";

// Answers every request with the user that `find` makes of its headers; 401 where it finds none or throws.
export function serve(find) {
  const server = createServer(async (request, response) => {
    const user = await find(request.headers).catch(() => undefined);
    const body = Buffer.from(JSON.stringify(user ?? { error: "unauthorized" }));
    response.writeHead(user ? 200 : 401, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
  // A connection of the load lasts as long as the measure.
  server.keepAliveTimeout = 0;
  const [host, port] = process.env.LISTEN.split(":");
  server.listen(Number(port), host);
}

export const publicPart = ({ id, email, name }) => ({ id, email, name });
