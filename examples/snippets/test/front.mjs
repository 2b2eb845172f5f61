// The names of the guide as a browser finds them: with TLS, and behind each of them a page, Better Auth or the service.
import { once } from "node:events";
import { request as send } from "node:http";
import { createServer } from "node:https";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { chromium } from "playwright-core";
import { generate } from "selfsigned";

const HERE = fileURLToPath(new URL("..", import.meta.url));

/** Passes on what is asked, and what is answered. */
export const proxyTo = (url) => (request, response) => {
  const headers = { ...request.headers, "x-forwarded-for": request.socket.remoteAddress };
  const sent = send(new URL(request.url, url), { method: request.method, headers }, (answer) => {
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    response.writeHead(answer.statusCode);
    answer.pipe(response);
  });
  sent.once("error", () => response.writeHead(502).end());
  request.pipe(sent);
};

/** A page that holds what a snippet exports, as `snippet`. */
export function pageOf(file) {
  const contents = `import * as snippet from "./${file}"; globalThis.snippet = snippet;`;
  const { outputFiles } = buildSync({ stdin: { contents, resolveDir: HERE }, bundle: true, write: false });
  const html = `<!doctype html><script>${outputFiles[0].text.replaceAll("</script", "<\\/script")}</script>`;
  return (_request, response) => response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(html);
}

/** A browser that finds these sites: a handler of requests for each name. */
export async function browse(sites) {
  const { private: key, cert } = await generate([{ name: "commonName", value: "example.com" }]);
  const server = createServer({ key, cert }, (request, response) => sites[request.headers.host](request, response));
  // It does not keep a test alive that has failed.
  await once(server.listen(0, "127.0.0.1").unref(), "listening");
  const { port } = server.address();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", `--host-resolver-rules=MAP * 127.0.0.1:${port}`],
  });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const open = async (url) => {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  const close = async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  };
  return { context, open, close };
}
