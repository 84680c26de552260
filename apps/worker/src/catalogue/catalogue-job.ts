import { isRedisAway, type Logger } from "@taskpulse/runtime";
import { type CatalogueEntries, writeCatalogue } from "@taskpulse/store";
import type { Redis } from "ioredis";

/** What is lost with the store is back so soon. */
const RENEW_MS = 60_000;

export interface CatalogueJobOptions {
  redis: Redis;
  /** By the key that it is written to. */
  entries: ReadonlyMap<string, CatalogueEntries>;
  log: Logger;
  renewMs?: number;
}

/**
 * Tells those who take tasks what this worker can do, and again now and then, so that it is not
 * forgotten. Resolves once it is told; disposing ends it. What was told stays: another worker may do it.
 */
export async function keepAnnounced(options: CatalogueJobOptions): Promise<Disposable> {
  const { redis, entries, log, renewMs = RENEW_MS } = options;
  const tell = async (how: "announce" | "renew") => {
    for (const [key, named] of entries) await writeCatalogue(redis, key, how, named);
  };
  await tell("announce");
  const timer = setInterval(() => {
    tell("renew").catch((error: unknown) => {
      // There is time until it is forgotten.
      if (!isRedisAway(error)) log.error({ err: error }, "could not tell what this worker can do");
    });
  }, renewMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
