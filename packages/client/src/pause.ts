import { setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves after so many milliseconds.
 *
 * @throws the reason of `signal`, at once
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Up to 20 % shorter or longer, so that many that began together don't go on together. */
export function jittered(ms: number): number {
  return Math.round(ms * (0.8 + 0.4 * Math.random()));
}
