import type { SecondaryStorage } from "better-auth";
import type { Id, Subject } from "./event.js";
import type { Report } from "./report.js";

/** What the storage holds under a session's token: the session, and a copy of its user. */
export interface Held {
  readonly session: Subject;
  readonly user: string;
}

// In milliseconds, with both tries. Nobody's sign-out waits any longer for what this plugin asks.
const READ_WITHIN = 1000;
// Where one read took too long the next ones would too, and 150 sessions that end one after the other would wait for each.
const UNREAD_FOR = 10_000;
const LATE = Symbol("late");

/** Reads what a key holds before it is written, and keeps the writes of a key in their order. */
export class Reads {
  readonly #storage: SecondaryStorage;
  readonly #report: Report;
  // The last one of each key that is under way.
  readonly #pending = new Map<string, Promise<Held | undefined>>();
  #unreadUntil = 0;

  constructor(storage: SecondaryStorage, report: Report) {
    this.#storage = storage;
    this.#report = report;
  }

  /** Never rejects. Who awaits it has to write at once: the next in the order goes on right after that. */
  read(key: string): Promise<Held | undefined> {
    const earlier = this.#pending.get(key);
    // A promise calls those that wait for it in the order in which they came: the earlier one's writer before this.
    const read = earlier ? earlier.then(() => this.#read(key)) : this.#read(key);
    this.#pending.set(key, read);
    void read.then(() => this.#pending.get(key) === read && this.#pending.delete(key));
    return read;
  }

  /** What a write of this key has to wait for, in the same way. */
  pending(key: string): Promise<unknown> | undefined {
    return this.#pending.get(key);
  }

  async #read(key: string): Promise<Held | undefined> {
    if (Date.now() < this.#unreadUntil) return undefined;
    const value = async () => this.#storage.get(key);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<typeof LATE>((resolve) => (timer = setTimeout(() => resolve(LATE), READ_WITHIN)));
    try {
      // Once more where that fails: what follows may succeed, and then nobody would hear of it.
      const held = await Promise.race([value().catch(value), late]);
      return held === LATE ? this.#giveUp() : parse(held);
    } catch {
      // Without the error: it may name the key, which is a session's token.
      this.#complain("");
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp(): undefined {
    // Of many at once the first has said it for all.
    if (Date.now() < this.#unreadUntil) return;
    this.#unreadUntil = Date.now() + UNREAD_FOR;
    this.#complain(`, nor those that end within the next ${UNREAD_FOR / 1000} s`);
  }

  #complain(more: string): void {
    this.#report(
      "secondaryStorage.get failed twice or took longer than 1 s: if a session ends with this call, the plugin does not send it" + more,
    );
  }
}

/** Nothing where it is something else: under other keys are other things. */
export function parse(value: unknown): Held | undefined {
  try {
    const { session, user } = typeof value === "string" ? JSON.parse(value) : value;
    if (!isId(session?.userId)) return undefined;
    return { session: { sessionId: isId(session.id) ? session.id : undefined, userId: session.userId }, user: JSON.stringify(user) };
  } catch {
    return undefined;
  }
}

function isId(value: unknown): value is Id {
  return typeof value === "string" || typeof value === "number";
}
