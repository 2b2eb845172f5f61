import type { AuthContext } from "better-auth";
import type { Event, EventType, Subject } from "./event.js";
import { Moment } from "./moment.js";
import type { Report } from "./report.js";

/** Notes what has happened, to send it soon. Never throws. */
export type Tell = (type: EventType, subject: Subject) => void;

// So many sessions of a user are sent one by one, of more the user alone.
const FEW = 3;
const FOUND_AT_ONCE = 100;

/** `deliver` is fulfilled when an event is delivered or lost. */
export function createTell(context: AuthContext, deliver: (event: Event) => Promise<unknown>, report: Report): Tell {
  // Of more rows than it finds at once Better Auth itself does not know which ones it deletes.
  const found = context.options.advanced?.database?.defaultFindManyLimit ?? FOUND_AT_ONCE;
  const few = Math.min(FEW, found - 1);
  const open = new Map<string, Moment>();

  async function close(user: string, moment: Moment): Promise<void> {
    await moment.over();
    open.delete(user);
    await Promise.all(moment.events().map(deliver));
  }

  function tell(type: EventType, { sessionId, userId }: Subject): void {
    const user = String(userId);
    const known = open.get(user);
    if (known) return known.add(type, sessionId);
    const moment = new Moment(user, few);
    moment.add(type, sessionId);
    open.set(user, moment);
    const sent = close(user, moment).catch((error: unknown) => report("the events of a user could not be sent and are lost", error));
    keepAlive(context, sent, report);
  }

  return (type, subject) => {
    try {
      tell(type, subject);
    } catch (error) {
      report(`${type} of a user could not be sent and is lost`, error);
    }
  };
}

// Serverless platforms stop a process that has answered, unless they are told what it still does.
function keepAlive(context: AuthContext, work: Promise<void>, report: Report): void {
  const failed = (error: unknown) => report("advanced.backgroundTasks.handler failed", error);
  try {
    // Whatever its type says, the handler may be asynchronous.
    Promise.resolve<unknown>(context.runInBackground(work)).catch(failed);
  } catch (error) {
    failed(error);
  }
}
