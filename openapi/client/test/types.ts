// What TypeScript knows of the client: all that the contract says, and nothing that it does not.
import {
  bearer,
  cookie,
  createClient,
  isProblem,
  jwt,
  NoAnswerError,
  ProblemError,
  TokenSourceError,
  unwrap,
  type Identity,
  type Problem,
  type Todo,
} from "better-auth-verifier-client";

declare const stored: { get(key: string): Promise<string | null> };
const baseUrl = "https://api.example.com";

const credential = jwt(async () => "token");
credential.forget();
const api = createClient({ baseUrl, credential, patience: 5, timeout: 20, fetch });

export const clients = [
  createClient({ baseUrl }),
  createClient({ baseUrl, credential: bearer("token") }),
  createClient({ baseUrl, credential: bearer(() => stored.get("session")) }),
  createClient({ baseUrl, credential: cookie() }),
];
// @ts-expect-error: a client has to know where the service is
export const nowhere = () => createClient({});
// @ts-expect-error: a number is no token
export const numbered = () => createClient({ baseUrl, credential: jwt(() => 1) });
// @ts-expect-error: only a JWT is kept
export const unforgettable = () => bearer("token").forget();

export const me = async (): Promise<Identity> => unwrap(api.GET("/api/me"));
export const strategy = async (): Promise<string> => (await unwrap(api.GET("/api/me"))).strategy;
export const image = async (): Promise<string | undefined> => (await unwrap(api.GET("/api/me"))).user.image;
// @ts-expect-error: a session has no token
export const secret = async () => (await unwrap(api.GET("/api/me"))).session?.token;
export const nothing = async (): Promise<undefined> =>
  unwrap(api.DELETE("/api/todos/{id}", { params: { path: { id: "1" } } }));

export const create = async (): Promise<Todo> => unwrap(api.POST("/api/todos", { body: { title: "Buy apples" } }));
export const page = () => unwrap(api.GET("/api/todos", { params: { query: { limit: 5 } } }));
// @ts-expect-error: no such path
export const unknownPath = () => api.GET("/api/nowhere");
// @ts-expect-error: not with this method
export const unknownMethod = () => api.PUT("/api/me");
// @ts-expect-error: a to-do has a title
export const untitled = () => api.POST("/api/todos", { body: { completed: true } });
// @ts-expect-error: a title is a text
export const numberedTitle = () => api.POST("/api/todos", { body: { title: 1 } });
// @ts-expect-error: what is created needs a body
export const bodiless = () => api.POST("/api/todos");
// @ts-expect-error: which one
export const unnamed = () => api.GET("/api/todos/{id}");
// @ts-expect-error: a limit is a number
export const textLimit = () => api.GET("/api/todos", { params: { query: { limit: "5" } } });

declare const params: { header: { "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string } };
declare const event: { timestamp: string; data: { userId: string } };
export const tell = () => api.POST("/hooks/better-auth", { params, body: { ...event, type: "user.updated" } });
// @ts-expect-error: an event is one of four
export const unknownEvent = () => api.POST("/hooks/better-auth", { params, body: { ...event, type: "user.moved" } });
// @ts-expect-error: an event is signed
export const unsigned = () => api.POST("/hooks/better-auth", { body: { ...event, type: "user.updated" } });

export async function either(): Promise<string> {
  const { data, error } = await api.GET("/api/public");
  // @ts-expect-error: there may be no data
  data.message;
  if (error) {
    const problem: Problem = error;
    return problem.title;
  }
  return data.message;
}

export const isMissing = (problem: Problem) => problem.type === "urn:problem:not-found";
// @ts-expect-error: there is no such kind
export const isOdd = (problem: Problem) => problem.type === "urn:problem:odd";

export function explain(error: unknown): string | number | undefined {
  // @ts-expect-error: anything may have been thrown
  error.problem;
  if (isProblem(error)) return error.detail;
  if (error instanceof TokenSourceError) return error.status;
  if (error instanceof NoAnswerError) return error.message;
  if (!(error instanceof ProblemError)) return undefined;
  const status: number = error.status;
  const requestId: string | undefined = error.problem.requestId;
  const { response }: { response: Response } = error;
  // @ts-expect-error: it is read only
  error.problem = { type: "about:blank", title: response.statusText, status };
  return error.retryAfter ?? requestId;
}
