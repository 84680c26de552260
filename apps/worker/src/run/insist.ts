import { setTimeout as sleep } from "node:timers/promises";
import { ReplyError } from "ioredis";

/** What Redis answers while it can't do what it is asked, but will again (Redis error prefixes). */
const PASSING = /^(LOADING|BUSY|OOM|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MISCONF|NOREPLICAS)/;
const PAUSE_MS = 100;

/**
 * Asks until Redis answers: what was done must be told however long it is away. Only for what may be asked
 * twice. Rejects when `signal` aborts meanwhile, or with what Redis says of the request itself.
 */
export async function insist<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isRefusal(error)) throw error;
      signal.throwIfAborted();
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof ReplyError) return !PASSING.test((error as Error).message);
  // Our own mistakes; what ioredis says of a connection is none of these.
  return [TypeError, RangeError, SyntaxError, ReferenceError].some((own) => error instanceof own);
}
