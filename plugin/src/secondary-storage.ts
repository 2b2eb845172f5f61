import type { SecondaryStorage } from "better-auth";
import type { Subject, Tell } from "./event.js";

/** What the storage holds under a session's token: the session, and a copy of its user. */
interface Held {
  readonly session: Subject;
  readonly user: string;
}

// Better Auth may be made anew on the same storage, on some platforms for every request. Under one name only the newest
// is told.
const watched = new WeakMap<SecondaryStorage, Map<string, Tell>>();

/**
 * Tells of sessions that are removed from the storage, and of users whose copies in it change. Better Auth has a hook
 * for neither, and works with this very object, so its own methods are the place to notice.
 */
export function watchSessions(storage: SecondaryStorage, name: string, tell: Tell): void {
  const told = watched.get(storage) ?? watch(storage);
  told.set(name, tell);
}

function watch(storage: SecondaryStorage): Map<string, Tell> {
  const told = new Map<string, Tell>();
  watched.set(storage, told);
  const tell: Tell = (type, subject) => told.forEach((each) => each(type, subject));

  const { set, delete: remove } = storage;
  storage.delete = async (key) => {
    const held = await read(storage, key);
    const removed = await remove.call(storage, key);
    if (held) tell("session.deleted", held.session);
    return removed;
  };
  storage.set = async (key, value, ttl) => {
    const next = parse(value);
    const held = next && (await read(storage, key));
    const result = await set.call(storage, key, value, ttl);
    if (held && held.user !== next.user) tell("user.updated", { userId: next.session.userId });
    return result;
  };
  return told;
}

// Once more where that fails: what follows may succeed, and then nobody would hear of it.
async function read(storage: SecondaryStorage, key: string): Promise<Held | undefined> {
  const value = async () => storage.get(key);
  return parse(await value().catch(value).catch(() => undefined));
}

// Under other keys are other things.
function parse(value: unknown): Held | undefined {
  try {
    const { session, user } = typeof value === "string" ? JSON.parse(value) : value;
    if (session?.userId == null) return undefined;
    return { session: { sessionId: session.id, userId: session.userId }, user: JSON.stringify(user) };
  } catch {
    return undefined;
  }
}
