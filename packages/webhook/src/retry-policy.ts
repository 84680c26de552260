export interface NextDelay {
  /** Seconds to wait after the first, second, … failed attempt; the last one repeats. */
  intervals: readonly number[];
  /** How many attempts have failed, from 1. */
  attempt: number;
  /** From 0 to 1. */
  random: number;
  /** What the endpoint asked for: never less than that is waited. */
  retryAfterMs?: number | undefined;
}

/** Up to 20 % earlier or later, so that many failed at once don't come back at once. */
const JITTER = 0.2;

/**
 * Milliseconds from a failed attempt to the next one. What an endpoint asked for is a minimum, and
 * exceeded by up to 20 %: it tells everyone the same.
 *
 * @throws RangeError when there is no interval
 */
export function nextDelayMs({ intervals, attempt, random, retryAfterMs }: NextDelay): number {
  const seconds = intervals[Math.min(Math.max(attempt, 1), intervals.length) - 1];
  if (seconds === undefined) throw new RangeError("a retry needs an interval");
  const jittered = seconds * 1_000 * (1 + JITTER * (2 * random - 1));
  const asked = (retryAfterMs ?? 0) * (1 + JITTER * random);
  return Math.round(Math.max(jittered, asked));
}
