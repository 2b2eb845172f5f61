// What a page does when a request fails.
import { NoAnswerError, ProblemError } from "better-auth-verifier-client";

export type Step = { do: "sign in" } | { do: "wait"; seconds: number } | { do: "say"; text: string };

// #region problems
export function nextStep(error: unknown): Step {
  // That says nothing about the session.
  if (error instanceof NoAnswerError) return { do: "wait", seconds: 5 };
  if (!(error instanceof ProblemError)) throw error;
  const { problem, status, retryAfter = 5 } = error;
  switch (problem.type) {
    case "urn:problem:missing-credential":
    case "urn:problem:invalid-credential":
      // The client has tried once more with a new JWT, where it has a source of them.
      return { do: "sign in" };
    case "urn:problem:rate-limited":
    case "urn:problem:unavailable":
      // The session is not over.
      return { do: "wait", seconds: retryAfter };
    case "urn:problem:forbidden":
    case "urn:problem:untrusted-origin":
      // Signing in again changes nothing.
      return { do: "say", text: "You may not do that." };
    case "urn:problem:not-found":
      return { do: "say", text: "That is gone." };
    default:
      // What is wrong with this request; and what a proxy, or a later version of the service, may answer.
      return status >= 500 ? { do: "wait", seconds: retryAfter } : { do: "say", text: problem.detail ?? problem.title };
  }
}
// #endregion
