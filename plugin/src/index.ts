import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { Destination } from "./destination.js";
import { createEvent, type EventType, type Id, type Tell } from "./event.js";
import { watchSessions } from "./secondary-storage.js";
import { Signature } from "./signature.js";

export interface VerifierOptions {
  /** Where the service hears of events. With several instances the address of each, as each has caches of its own. */
  url: string | string[];
  /** The service has the same. At least 24 bytes; after `whsec_`, their base64. `undefined` is refused. */
  secret: string | undefined;
  /** Milliseconds that one attempt may take. 2000 unless given. */
  timeout?: number;
}

/** Tells better-auth-verifier at once when a session or a user has ended or changed. */
export function verifier({ url, secret, timeout = 2000 }: VerifierOptions) {
  const urls = [url].flat().map(readUrl);
  if (urls.length === 0) throw new Error("better-auth-verifier: the url is missing");
  const signature = new Signature(secret);

  return {
    id: "better-auth-verifier",
    init(context: AuthContext) {
      const report = (message: string) => context.logger.error(message);
      const destinations = urls.map((each) => new Destination(each, signature, timeout, report));
      const tell: Tell = (type, subject) => {
        const event = createEvent(type, subject);
        keepAlive(context, Promise.all(destinations.map((destination) => destination.deliver(event))));
      };

      // Hooks know of rows only, and sessions may be in secondary storage alone. What is in both places is told of when it
      // changes in each, for in between the service may find it unchanged in the other.
      const { secondaryStorage } = context.options;
      if (secondaryStorage) watchSessions(secondaryStorage, urls.join(" "), tell);
      return { options: { databaseHooks: hooks(tell) } };
    },
  } satisfies BetterAuthPlugin;
}

function hooks(tell: Tell) {
  // An update leaves nothing when the row has gone meanwhile. That has an event of its own.
  const session = (type: EventType) => async (row: { id: Id; userId: Id } | null) => {
    if (row?.userId != null) tell(type, { sessionId: row.id, userId: row.userId });
  };
  const user = (type: EventType) => async (row: { id: Id } | null) => {
    if (row?.id != null) tell(type, { userId: row.id });
  };
  return {
    session: { update: { after: session("session.updated") }, delete: { after: session("session.deleted") } },
    user: { update: { after: user("user.updated") }, delete: { after: user("user.deleted") } },
  };
}

// Serverless platforms stop a process that has answered, unless they are told what it still does.
function keepAlive(context: AuthContext, delivery: Promise<unknown>): void {
  try {
    context.runInBackground(delivery);
  } catch (error) {
    context.logger.error("better-auth-verifier: advanced.backgroundTasks.handler failed", error);
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Fetch takes no user and password in it.
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw new Error("better-auth-verifier: the url must be one of http or https, without a user or a password");
}
