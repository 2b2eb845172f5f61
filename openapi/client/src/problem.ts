// How a request fails: as a problem document (RFC 9457), or as an exception made of one.
import type { Problem } from "./contract.js";
import { retryAfter } from "./patience.js";

/** Whether this is a problem document. Its `type` may be one that a later version of the service has added. */
export function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const { type, title, status } = value as Record<string, unknown>;
  return typeof type === "string" && typeof title === "string" && typeof status === "number";
}

/** An answer that is a failure. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  /** What the service said; of an answer that is none of its own, such as a proxy's, its status. */
  readonly problem: Problem;
  /** The status of the answer. */
  readonly status: number;
  /** The seconds to wait before another try, where the answer says so, as 429 and 503 do. */
  readonly retryAfter: number | undefined;
  /** The answer. Its body has been read. */
  readonly response: Response;

  constructor(problem: Problem, response: Response) {
    super(problem.detail === undefined ? problem.title : `${problem.title}: ${problem.detail}`);
    this.problem = problem;
    this.status = response.status;
    this.retryAfter = retryAfter(response.headers);
    this.response = response;
  }
}

/** What a call of the client answers. */
export interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * The data of a call, such as `await unwrap(api.GET("/api/me"))`.
 *
 * @throws {@link ProblemError} if the call failed.
 */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  throw new ProblemError(isProblem(error) ? error : blank(response), response);
}

// The status says it all.
function blank({ status, statusText }: Response): Problem {
  return { type: "about:blank", title: statusText || `Status ${status}`, status };
}
