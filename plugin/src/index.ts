import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { describe, type Description, type Statements } from "./describe.js";
import { Destination } from "./destination.js";
import type { Event, EventType, Id } from "./event.js";
import { readOptions, type VerifierOptions } from "./options.js";
import { reportTo } from "./report.js";
import { watchSessions } from "./secondary-storage.js";
import { createTell, type Tell } from "./tell.js";

export { describe };
export type { Description, Statements, VerifierOptions };

/** Tells better-auth-verifier at once when a session or a user has ended or changed. */
export function verifier(options: VerifierOptions) {
  const settings = readOptions(options);
  return {
    id: "better-auth-verifier",
    init(context: AuthContext) {
      const report = reportTo(context);
      const destinations = settings.urls.map((url) => new Destination(url, settings, report));
      const deliver = (event: Event) => Promise.all(destinations.map((destination) => destination.deliver(event)));
      const tell = createTell(context, deliver, report);

      // Hooks know of rows only, and sessions may be in secondary storage alone. A session in both places is told of when it
      // changes in each: in between the service may find it unchanged in the other.
      const { secondaryStorage } = context.options;
      if (secondaryStorage) watchSessions(secondaryStorage, settings.urls.join(" "), tell, report);
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
