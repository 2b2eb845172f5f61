// Who is calling, as the service says.
import { ProblemError, unwrap, type Identity } from "better-auth-verifier-client";
import { apiForRequest } from "./api";

export type Caller = { kind: "user"; identity: Identity } | { kind: "guest" } | { kind: "undecided" };

export async function whoIsCalling(): Promise<Caller> {
  const api = await apiForRequest();
  try {
    return { kind: "user", identity: await unwrap(api.GET("/api/me")) };
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) return { kind: "guest" };
    // Whatever else fails says nothing about the session: nobody looks signed out for it.
    console.error(`Who is calling cannot be told: ${error}`);
    return { kind: "undecided" };
  }
}
