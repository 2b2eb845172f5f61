// Real requests that fail, each in a way of its own.
import type { Answer } from "better-auth-verifier-client";
import { frankApi, guest, impostor } from "./api.js";
import { STRANGER_URL } from "./place.js";
import { askStranger } from "./stranger-frame.js";

export interface Provocation {
  /** The problem's, without `urn:problem:`. */
  readonly type: string;
  readonly status: number;
  readonly name: string;
  /** What is sent, in words. */
  readonly how: string;
  readonly send: () => Promise<Answer<unknown>>;
  /** Whether it is sent again after Retry-After, until it succeeds. */
  readonly isRetried?: boolean;
}

const LONGEST_TITLE = 200;
const LARGEST_BODY = 32 * 1024;
// More than the service takes in a minute from one user.
const FLOOD = 150;

/** To-dos without a title are counted and none is made, until they are too many. */
async function flood(): Promise<Answer<unknown>> {
  for (let sent = 1; sent < FLOOD; sent++) {
    const answer = await frankApi().POST("/api/todos", { body: { title: "" } });
    if (answer.response.status !== 400) return answer;
  }
  return frankApi().POST("/api/todos", { body: { title: "" } });
}

const ALL: readonly Provocation[] = [
  {
    type: "missing-credential",
    status: 401,
    name: "Nothing presented",
    how: "GET /api/me, without cookie or token.",
    send: () => guest.GET("/api/me"),
  },
  {
    type: "invalid-credential",
    status: 401,
    name: "A made-up token",
    how: "GET /api/me with a token that nobody has issued.",
    send: () => impostor.GET("/api/me"),
  },
  {
    type: "untrusted-origin",
    status: 403,
    name: "An untrusted origin",
    how: "POST /api/todos with your cookie, sent by a page of another origin in a hidden frame.",
    send: askStranger,
  },
  {
    type: "not-found",
    status: 404,
    name: "No such to-do",
    how: "GET /api/todos/nothing-here.",
    send: () => frankApi().GET("/api/todos/{id}", { params: { path: { id: "nothing-here" } } }),
  },
  {
    type: "bad-request",
    status: 400,
    name: "A title too long",
    how: `POST /api/todos with a title of ${LONGEST_TITLE + 1} characters.`,
    send: () => frankApi().POST("/api/todos", { body: { title: "a".repeat(LONGEST_TITLE + 1) } }),
  },
  {
    type: "payload-too-large",
    status: 413,
    name: "A body too large",
    how: `POST /api/todos with more than ${LARGEST_BODY / 1024} KiB, which is what verifier.toml allows.`,
    send: () => frankApi().POST("/api/todos", { body: { title: "Large", description: "a".repeat(LARGEST_BODY) } }),
  },
  {
    type: "unsupported-media-type",
    status: 415,
    name: "Not JSON",
    how: "POST /api/todos as text/plain.",
    send: () => frankApi().POST("/api/todos", { body: { title: "Plain" }, headers: { "Content-Type": "text/plain" } }),
  },
  {
    type: "rate-limited",
    status: 429,
    name: "Too many requests",
    how: "POST /api/todos, again and again, until the limit of 120 a minute.",
    send: flood,
  },
  {
    type: "unavailable",
    status: 503,
    name: "An outage",
    how: "GET /api/me. To see it fail, first run “node outage.mjs” in examples/web: it locks Better Auth's database.",
    send: () => frankApi().GET("/api/me"),
    isRetried: true,
  },
];

/** Those that can be provoked here. */
export const PROVOCATIONS = ALL.filter(({ type }) => type !== "untrusted-origin" || STRANGER_URL);
