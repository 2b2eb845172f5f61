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
  /** The headers and the problem document, as they came. */
  readonly raw: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ProblemError) return { ...error.problem, raw: rawOf(error) };
  const raw = String(error);
  if (error instanceof TokenSourceError) return { type: "no-token", title: error.message, status: undefined, raw };
  return { type: "no-answer", title: "No answer", status: undefined, raw };
}

function rawOf({ problem, response: { headers } }: ProblemError): string {
  const told = TELLING.flatMap((name) => (headers.has(name) ? [`${name}: ${headers.get(name)}`] : []));
  return [...told, "", JSON.stringify(problem, null, 2)].join("\n").trim();
}

/** Whether it says that nobody is signed in. All others say nothing about that. */
export const isRefusal = ({ status }: Failure): boolean => status === 401;

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
