// The answer as the rest of the client may take it: whole, and JSON where it is a success.

/**
 * The answer, once all of its body has come. A success that is not JSON is not the service's: a proxy, a captive portal or a
 * page with the same address has answered. It becomes the problem that a proxy's own failure would be.
 */
export async function whole(response: Response, { method }: Request): Promise<Response> {
  if (response.status === 204 || method === "HEAD") return response;
  const text = await response.clone().text();
  return response.ok && !isJson(text) ? badGateway(response) : response;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function badGateway({ status, headers }: Response): Response {
  const detail = `The answer has status ${status} and is not JSON (Content-Type: ${headers.get("Content-Type") ?? "none"})`;
  const problem = { type: "about:blank", title: "Bad Gateway", status: 502, detail };
  return new Response(JSON.stringify(problem), {
    status: 502,
    statusText: problem.title,
    headers: { "Content-Type": "application/problem+json" },
  });
}
