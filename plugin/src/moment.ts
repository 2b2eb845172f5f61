import { createEvent, type Event, type EventType, type Id } from "./event.js";

// One call to Better Auth may end many sessions of a user, one after the other: a moment lasts as long as more come.
const QUIET = 50;
const LONGEST = 500;

interface Change {
  readonly sessions: Set<string>;
  /** That any session of the user may be meant. */
  everything: boolean;
  at: Date;
}

/** What happens to a user within a moment. */
export class Moment {
  readonly #user: Id;
  // As many sessions are told of one by one, of more the user.
  readonly #few: number;
  readonly #changes = new Map<EventType, Change>();
  #count = 0;

  constructor(user: Id, few: number) {
    this.#user = user;
    this.#few = few;
  }

  add(type: EventType, session: Id | undefined): void {
    const change = this.#changes.get(type) ?? { sessions: new Set(), everything: false, at: new Date() };
    this.#changes.set(type, change);
    this.#count++;
    // When it happened, and not when it is sent: what Better Auth issues from now on is not over.
    change.at = new Date();
    if (session == null) change.everything = true;
    else change.sessions.add(String(session));
    if (change.sessions.size > this.#few) change.everything = true;
    // Nobody asks for them any more.
    if (change.everything) change.sessions.clear();
  }

  /** Fulfilled when nothing more comes, or too long. */
  async over(): Promise<void> {
    const end = Date.now() + LONGEST;
    let seen;
    do {
      seen = this.#count;
      // Not one to `unref`: a script that ends now has told nobody yet.
      await new Promise((resolve) => setTimeout(resolve, QUIET));
    } while (this.#count > seen && Date.now() < end);
  }

  events(): Event[] {
    return [...this.#changes].flatMap(([type, { sessions, everything, at }]) => {
      const ids = everything ? [undefined] : [...sessions];
      return ids.map((sessionId) => createEvent(type, { sessionId, userId: this.#user }, at));
    });
  }
}
