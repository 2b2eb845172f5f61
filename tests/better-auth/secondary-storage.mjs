// Redis in the place of tables: {"redis": url}. With "prefix", every key begins with it. With "package": true it is
// Better Auth's own package, whose prefix is "better-auth:" unless given. With "wrapped": true each value is written as JSON
// once more, which an earlier sample of its documentation did. With "frozen": true nobody can replace its methods.
import { Redis } from "ioredis";

// As its documentation shows one to be written by hand.
function byHand(redis, prefix = "") {
  return {
    get: (key) => redis.get(prefix + key),
    set: (key, value, ttl) => (ttl ? redis.set(prefix + key, value, "EX", ttl) : redis.set(prefix + key, value)),
    delete: async (key) => void (await redis.del(prefix + key)),
  };
}

async function byPackage(client, keyPrefix) {
  const { redisStorage } = await import("@better-auth/redis-storage");
  return redisStorage({ client, ...(keyPrefix !== undefined && { keyPrefix }) });
}

function wrap({ get, set, ...others }) {
  return {
    ...others,
    get: async (key) => JSON.parse(await get(key)),
    set: (key, value, ttl) => set(key, JSON.stringify(value), ttl),
  };
}

export async function openSecondaryStorage({
  redis: url,
  prefix,
  package: own = false,
  wrapped = false,
  frozen = false,
}) {
  const redis = new Redis(url);
  // It connects again by itself; unheard, a broken connection would be printed with its whole stack each time.
  redis.on("error", (fault) => console.error(`redis: ${fault.message}`));
  const storage = await (own ? byPackage : byHand)(redis, prefix);
  const seen = wrapped ? wrap(storage) : storage;
  return { storage: frozen ? Object.freeze(seen) : seen, close: () => redis.disconnect() };
}
