import { setTimeout as sleep } from "node:timers/promises";

/** A caller is told within 2 s that the store is away; this leaves room for the way there and back. */
const LIMIT_MS = 1_500;

export type StoreAnswer<T> = { kind: "answered"; value: T } | { kind: "unavailable" | "full" };

/** Waits for Redis for a limited time, and tells apart the ways in which it can't be had. */
export async function askStore<T>(
  call: () => Promise<T>,
  limitMs: number = LIMIT_MS,
): Promise<StoreAnswer<T>> {
  const done = new AbortController();
  try {
    return await Promise.race([
      call().then((value) => ({ kind: "answered" as const, value })),
      sleep(limitMs, { kind: "unavailable" as const }, { signal: done.signal }),
    ]);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.message.startsWith("OOM")) return { kind: "full" };
    if (isRedisAway(error)) return { kind: "unavailable" };
    throw error;
  } finally {
    done.abort();
  }
}

/** Redis answers errors in upper case words; those that are not about its health are our own bugs. */
function isRedisAway(error: Error): boolean {
  if (error.name !== "ReplyError") return true;
  return /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|NOREPLICAS|UNBLOCKED)/.test(
    error.message,
  );
}
