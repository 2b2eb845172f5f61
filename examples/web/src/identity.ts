// Who is calling, as the service sees it: the answer of GET /api/me, in the page.
import { unwrap, type Client, type Identity } from "better-auth-verifier-client";
import { api } from "./api.js";
import { find, make, slot } from "./element.js";
import { failureOf, isRefusal, retry, showFailure, type Failure } from "./failure.js";
import { showMoment } from "./moment.js";

const answer = find(HTMLElement, "#identity-answer");
const trouble = find(HTMLElement, "#identity-trouble");
const listeners: ((identity: Identity | undefined) => void)[] = [];

/** What an ask came to: an identity, or why there is none. */
export type Answer = { identity: Identity } | { failure: Failure };

const HOW: Record<string, string> = {
  jwt: "Its signature was checked with Better Auth's published keys. Nobody had to be asked, and it names no session.",
  session_table: "The session token was looked up in Better Auth's database.",
};

let known: Identity | undefined;
let asked = 0;
let stopRetry = (): void => {};

/** Whether the service has said that nobody is signed in. */
export const isGuest = (): boolean => document.body.dataset.caller === "guest";

/** Called whenever somebody else is known, or nobody any more. */
export function onCaller(listener: (identity: Identity | undefined) => void): void {
  listeners.push(listener);
}

/** Asks the service, and shows what it says. */
export async function ask(client: Client = api()): Promise<Answer> {
  const turn = ++asked;
  stopRetry();
  const result = await read(client);
  // Only the last one counts: an older answer may arrive later.
  if (turn === asked) show(result);
  return result;
}

async function read(client: Client): Promise<Answer> {
  try {
    return { identity: await unwrap(client.GET("/api/me")) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function show(result: Answer): void {
  trouble.replaceChildren();
  if ("identity" in result) {
    showIdentity(result.identity);
    change(result.identity);
  } else if (isRefusal(result.failure)) {
    showFailure(answer, result.failure);
    change(undefined);
  } else {
    // An outage, a limit or a lost line signs nobody out. After a reload it leaves open who that is, until it is over.
    showFailure(known ? trouble : answer, result.failure);
    stopRetry = retry(result.failure, () => void ask());
  }
}

function change(identity: Identity | undefined): void {
  const isSame = identity?.user.id === known?.user.id && document.body.dataset.caller !== "unasked";
  known = identity;
  document.body.dataset.caller = identity ? "known" : "guest";
  if (!isSame) listeners.forEach((listener) => listener(identity));
}

function showIdentity(identity: Identity): void {
  const { user, session, strategy, expiresAt } = identity;
  const name = user.name ?? user.email ?? user.id;
  const json = JSON.stringify(identity, null, 2);
  // Whoever watches asks every second: what has not changed is not read out again.
  if (answer.querySelector('[data-slot="json"]')?.textContent === json) return;
  const isOpen = answer.querySelector("details")?.open ?? false;
  const copy = make("known", {
    avatar: name.slice(0, 1).toUpperCase(),
    name,
    email: user.email ?? "",
    strategy,
    how: HOW[strategy] ?? "",
    user: user.id,
    "session-id": session?.id ?? "",
    json,
  });
  for (const name of ["session", "session-ends"]) slot(copy, name).hidden = !session;
  if (session) showMoment(slot(copy, "session-end", HTMLTimeElement), session.expiresAt);
  showMoment(slot(copy, "end", HTMLTimeElement), expiresAt);
  find(HTMLDetailsElement, "details", copy).open = isOpen;
  answer.replaceChildren(copy);
}
