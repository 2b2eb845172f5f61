// How a request failed, for people: what the service said, what that means, and what a page does.
import { ProblemError, TokenSourceError } from "better-auth-verifier-client";
import { make, slot } from "./element.js";
import { explain } from "./explanations.js";

/** Headers that tell what to do next. */
const TELLING = ["WWW-Authenticate", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"];

export interface Failure {
  readonly type: string;
  readonly title: string;
  readonly status: number | undefined;
  /** The seconds after which another try may succeed; none where it would not help. */
  readonly retryAfter: number | undefined;
  /** The headers and the problem document, as they came. */
  readonly raw: string;
}

// Where nobody says when to come back.
const SOON = 5;

export function failureOf(error: unknown): Failure {
  if (error instanceof ProblemError) {
    const { problem, status, retryAfter = status >= 500 ? SOON : undefined } = error;
    return { ...problem, status, retryAfter, raw: rawOf(error) };
  }
  const isToken = error instanceof TokenSourceError;
  return {
    type: isToken ? "no-token" : "no-answer",
    title: isToken ? error.message : "No answer",
    status: undefined,
    retryAfter: SOON,
    raw: String(error),
  };
}

function rawOf({ problem, response: { headers } }: ProblemError): string {
  const told = TELLING.flatMap((name) => (headers.has(name) ? [`${name}: ${headers.get(name)}`] : []));
  return [...told, "", JSON.stringify(problem, null, 2)].join("\n").trim();
}

/** Whether it says that nobody is signed in. All others say nothing about that. */
export const isRefusal = ({ status }: Failure): boolean => status === 401;

/** Tries again when another try may succeed. Answers with what ends the wait. */
export function retry({ retryAfter }: Failure, what: () => void): () => void {
  if (retryAfter === undefined) return () => {};
  const timer = setTimeout(what, retryAfter * 1000);
  return () => clearTimeout(timer);
}

/** Shows it in place of what was there. */
export function showFailure(where: Element, failure: Failure, isOpen = false): void {
  const { type, title, status, raw } = failure;
  const { meaning, remedy } = explain(type);
  const copy = make("failure", {
    status: status === undefined ? "–" : String(status),
    title,
    type: type.replace("urn:problem:", ""),
    meaning,
    remedy,
    json: raw,
  });
  slot(copy, "json").closest("details")?.toggleAttribute("open", isOpen);
  where.replaceChildren(copy);
}
