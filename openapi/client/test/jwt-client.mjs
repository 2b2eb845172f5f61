// A client with a JWT, at a service that answers as a test says.
import { createClient, jwt, unwrap } from "../dist/index.js";
import { answer, startFake } from "./fake-service.mjs";
import { token } from "./tokens.mjs";

export const OK = answer(200, { message: "Hello" });
export const [FIRST, SECOND, THIRD] = [token(1), token(2), token(3)];

/** `get` makes a request, `post` one that changes something, `sent` tells the tokens that have arrived. */
export async function clientOf(t, source, reply, options = {}) {
  const service = await startFake(t, reply);
  const credential = jwt(source);
  const api = createClient({ baseUrl: service.baseUrl, credential, ...options });
  const get = (options) => unwrap(api.GET("/api/public", options));
  const post = () => unwrap(api.POST("/api/todos", { body: { title: "x" } }));
  return { credential, get, post, sent: () => service.requests.map(({ token }) => token) };
}
