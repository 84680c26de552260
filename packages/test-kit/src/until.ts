import { setTimeout as sleep } from "node:timers/promises";

export interface UntilOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number;
  /** Pause between two checks, default 20. */
  readonly everyMs?: number;
  /** What is awaited, for the message of the error: "the board to show 5 tasks". */
  readonly what?: string;
}

/**
 * Polls `check` until it returns something truthy, and returns that. A check that throws counts as
 * not yet there.
 *
 * @throws Error after `timeoutMs`, with what the check returned or threw last; also while a single
 * check hangs.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 20, what = "the condition" }: UntilOptions = {},
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  const pending = Symbol("pending");
  let last: unknown = pending;
  let cause: unknown;
  while (performance.now() < deadline) {
    const givenUp = new AbortController();
    try {
      const value = await Promise.race([
        (async () => check())(),
        sleep(Math.max(1, deadline - performance.now()), pending, { signal: givenUp.signal }),
      ]);
      if (value !== pending && value) {
        return value as Exclude<T, false | 0 | "" | null | undefined>;
      }
      last = value;
      cause = undefined;
    } catch (error) {
      last = error;
      cause = error;
    } finally {
      givenUp.abort();
    }
    await sleep(Math.min(everyMs, Math.max(0, deadline - performance.now())));
  }
  const seen = last === pending ? "a check that never answered" : describe(last);
  throw new Error(`waited ${timeoutMs} ms for ${what}; last seen: ${seen}`, { cause });
}

function describe(value: unknown): string {
  if (value instanceof Error) return value.message;
  return JSON.stringify(value)?.slice(0, 500) ?? String(value);
}
