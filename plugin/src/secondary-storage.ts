import type { SecondaryStorage } from "better-auth";
import { parse, Reads, type Held } from "./held.js";
import type { Report } from "./report.js";
import type { Tell } from "./tell.js";

type Methods = Pick<SecondaryStorage, "set" | "delete">;

// All sessions of the user are over that began before the time it holds, those too whose own keys are left behind. Better
// Auth's releases after 1.7.7 write it.
const REVOKED_BEFORE = /^revoked-sessions-before-(.+)$/s;

// Better Auth may be made anew on the same storage, on some platforms for every request. Of several with
// one name only the newest hears of changes.
const watched = new WeakMap<SecondaryStorage, Map<string, Tell>>();

/**
 * Tells of sessions that are removed from the storage, and of users whose copies in it change. Better Auth has a hook
 * for neither, and works with this very object, so its own methods are the place to notice. Never throws.
 */
export function watchSessions(storage: SecondaryStorage, name: string, tell: Tell, report: Report): void {
  try {
    const told = watched.get(storage) ?? watch(storage, report);
    told.set(name, tell);
  } catch (error) {
    report("the plugin does not send what ends or changes in secondaryStorage", error);
  }
}

function watch(storage: SecondaryStorage, report: Report): Map<string, Tell> {
  const told = new Map<string, Tell>();
  watched.set(storage, told);
  const tell: Tell = (type, subject) => told.forEach((each) => each(type, subject));

  const { set, delete: remove } = storage;
  const reads = new Reads(storage, report);
  const change = async (next: Held, ...[key, ...rest]: Parameters<Methods["set"]>) => {
    const held = await reads.read(key);
    const result = await set.call(storage, key, ...rest);
    if (held && held.user !== next.user) tell("user.updated", { userId: next.session.userId });
    return result;
  };
  // All else is none of this plugin's business, but for its place in the order.
  const pass = (...given: Parameters<Methods["set"]>) => {
    const earlier = reads.pending(given[0]);
    return earlier ? earlier.then(() => set.call(storage, ...given)) : set.call(storage, ...given);
  };
  const revoke = async (userId: string, ...given: Parameters<Methods["set"]>) => {
    const result = await pass(...given);
    tell("session.deleted", { userId });
    return result;
  };
  const kept = replace(storage, {
    delete: async (...[key, ...rest]) => {
      const held = await reads.read(key);
      const removed = await remove.call(storage, key, ...rest);
      if (held) tell("session.deleted", held.session);
      return removed;
    },
    set: (...given) => {
      const [key, value] = given;
      const [, user] = REVOKED_BEFORE.exec(key) ?? [];
      if (user) return revoke(user, ...given);
      const next = parse(value);
      return next ? change(next, ...given) : pass(...given);
    },
  });
  if (kept.length > 0) {
    report(
      `the plugin does not send what ends or changes in secondaryStorage, because its ${kept.join(" and ")} cannot be replaced: ` +
        "give Better Auth an object that is not frozen",
    );
  }
  return told;
}

/** The names of those that could not be replaced: the object is frozen, or keeps to its own. */
function replace(storage: SecondaryStorage, methods: Methods): string[] {
  return (["delete", "set"] as const).filter((name) => {
    try {
      Object.assign(storage, { [name]: methods[name] });
    } catch {
      // It is still the old one.
    }
    return storage[name] !== methods[name];
  });
}
