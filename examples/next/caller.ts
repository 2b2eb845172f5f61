// Who is calling, as the service says.
import { ProblemError, unwrap, type Identity } from "better-auth-verifier-client";
import { redirect } from "next/navigation";
import { cache } from "react";
import { apiForRequest } from "./api";

export type Caller = { kind: "user"; identity: Identity } | { kind: "guest" } | { kind: "undecided" };

// #region caller
/** Asks the service once for each request, however many components want to know. */
export const whoIsCalling = cache(async (): Promise<Caller> => {
  const api = await apiForRequest();
  try {
    return { kind: "user", identity: await unwrap(api.GET("/api/me")) };
  } catch (error) {
    if (error instanceof ProblemError && error.problem.type === "urn:problem:missing-credential") return { kind: "guest" };
    // Nothing else says that the session is over, so nobody looks signed out. That includes a refused JWT: Better Auth has
    // issued it a moment ago.
    console.error(`The service does not say who is calling: ${error}`);
    return { kind: "undecided" };
  }
});

/** The user, for a page that nobody else may see. A guest is led to the sign-in; in an outage error.tsx is shown. */
export async function signedIn(): Promise<Identity> {
  const caller = await whoIsCalling();
  if (caller.kind === "guest") redirect("/");
  if (caller.kind === "undecided") throw new Error("The service does not say who is calling");
  return caller.identity;
}
// #endregion
