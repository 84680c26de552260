import { LateAnswer, within } from "./within.ts";

/** A caller is told within 2 s that the store is away; this leaves room for the way there and back. */
const LIMIT_MS = 1_500;

export type StoreAnswer<T> = { kind: "answered"; value: T } | { kind: "unavailable" | "full" };

/**
 * Waits for Redis for a limited time, and tells apart the ways in which it can't be had. Rejects
 * with everything else: that is a bug of ours.
 *
 * @param call gets a signal that is aborted once nobody waits for it any more
 */
export async function askStore<T>(
  call: (signal: AbortSignal) => Promise<T>,
  limitMs: number = LIMIT_MS,
): Promise<StoreAnswer<T>> {
  const ended = new AbortController();
  try {
    return { kind: "answered", value: await within(limitMs, call(ended.signal)) };
  } catch (error) {
    if (isRedisFull(error)) return { kind: "full" };
    if (isRedisAway(error)) return { kind: "unavailable" };
    throw error;
  } finally {
    ended.abort();
  }
}

function isRedisFull(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith("OOM");
}

/** What Redis answers while it can't serve: it begins, it was replaced, its disk is full, it is busy. */
const NOT_NOW =
  /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|NOREPLICAS|UNBLOCKED)\b/;
/** Errors of ioredis for commands that were under way when the connection went. */
const INTERRUPTED = new Set(["AbortError", "InterruptError", "MaxRetriesPerRequestError"]);
/** The rest of its errors of that kind have no names of their own. */
const NO_CONNECTION =
  /^(Connection is closed|Stream isn't writeable|Socket timeout|Command timed out)/;

/**
 * True for every error that means that Redis can't be had right now, so that trying again may help.
 * A script that fails, a reply that can't be read and the like are not among them.
 */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof LateAnswer || INTERRUPTED.has(error.name)) return true;
  if (error.name === "ReplyError") return NOT_NOW.test(error.message);
  return "syscall" in error || NO_CONNECTION.test(error.message);
}
