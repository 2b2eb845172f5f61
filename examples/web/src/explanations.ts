// What each problem means and what a page does about it, by its type.
import type { Problem } from "better-auth-verifier-client";

export interface Explanation {
  readonly meaning: string;
  readonly remedy: string;
}

// A problem that the service adds has to be explained here, or the types do not fit.
type Explained = Exclude<Problem["type"], "about:blank"> | "no-answer" | "no-token";

export const EXPLANATIONS: Record<string, Explanation> = {
  "urn:problem:missing-credential": {
    meaning: "Nothing was presented: no Authorization header, and no cookie that the browser would send here.",
    remedy: "It lets the user sign in.",
  },
  "urn:problem:invalid-credential": {
    meaning:
      "Something was presented and refused: it has expired, was signed out or revoked, or was never issued. Which of " +
      "these, only the service's log tells.",
    remedy: "It leaves the fetch of a new JWT to the client, once. After that it lets the user sign in anew.",
  },
  "urn:problem:untrusted-origin": {
    meaning:
      "The browser sent the cookie along, but for a page that may not change anything with it. So no page elsewhere " +
      "can act in your users' names.",
    remedy: "Nothing. Whoever runs the service lists its origin in better_auth.trusted_origins, or does not.",
  },
  "urn:problem:forbidden": {
    meaning: "Who is calling is known, and may not do this.",
    remedy: "It says so. Signing in again changes nothing.",
  },
  "urn:problem:bad-request": {
    meaning: "The request itself is wrong. “detail” says where.",
    remedy: "It shows that beside the field. The same request again fails again.",
  },
  "urn:problem:not-found": {
    meaning: "There is no such thing, or it is somebody else's: the two look alike, so that nobody can probe.",
    remedy: "It takes the thing off its list.",
  },
  "urn:problem:method-not-allowed": {
    meaning: "The address exists, but not with this method. The header Allow lists those it has.",
    remedy: "Nothing: it is a fault of the page. A typed client cannot make it.",
  },
  "urn:problem:request-timeout": {
    meaning: "The request took too long to arrive.",
    remedy: "It tries again, on a better line.",
  },
  "urn:problem:payload-too-large": {
    meaning: "The body is larger than server.max_body, and was not read.",
    remedy: "It says what is too long.",
  },
  "urn:problem:unsupported-media-type": {
    meaning: "The body is not what the contract asks for, here JSON.",
    remedy: "Nothing: it is a fault of the page. The client sends the right header by itself.",
  },
  "urn:problem:rate-limited": {
    meaning: "Too many requests. Retry-After says when there is room again; the session is not over.",
    remedy: "It leaves that to the client, which waits that long and tries again. Here it does not, so that you see this.",
  },
  "urn:problem:unavailable": {
    meaning: "Something that is needed to decide is out of reach. It says nothing about the credential.",
    remedy: "It keeps the user signed in, and reads again after Retry-After, as this page does. A change it leaves to the user.",
  },
  "urn:problem:internal": {
    meaning: "A fault of the service.",
    remedy: "It says so, with the request's id: by that the log tells more.",
  },
  "no-answer": {
    meaning: "No answer came, none in time, or none that this page may read: nobody is there, or CORS forbids it.",
    remedy: "It keeps the user signed in, and tries again some seconds later.",
  },
  "no-token": {
    meaning: "Better Auth gave out no JWT, for another reason than that nobody is signed in.",
    remedy: "It keeps the user signed in, and tries again later.",
  },
} satisfies Record<Explained, Explanation>;

// `about:blank`, or what a later version of the service has added.
const OTHER: Explanation = {
  meaning: "None of the service's own problems. It may come from what stands before it, such as a proxy.",
  remedy: "From status 500 on it keeps the user signed in, and tries again later.",
};

export const explain = (type: string): Explanation => EXPLANATIONS[type] ?? OTHER;
