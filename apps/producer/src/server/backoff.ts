/** When a failed try is repeated. */
export interface BackoffPolicy {
  firstMs: number;
  maxMs: number;
  /** 0.2: up to 20 % earlier or later, so that many failed at once don't come back at once. */
  jitter: number;
}

export const DELIVERY_BACKOFF: BackoffPolicy = { firstMs: 500, maxMs: 30_000, jitter: 0.2 };

/**
 * Milliseconds until the next try after `tries` failed ones: exponential with jitter, or what the
 * receiver asked for when that is longer, but never more than the maximum with its jitter.
 *
 * @param random from 0 to 1
 */
export function nextTryDelayMs(
  policy: BackoffPolicy,
  tries: number,
  retryAfterMs: number | null,
  random: number,
): number {
  const base = Math.min(policy.firstMs * 2 ** Math.min(tries - 1, 30), policy.maxMs);
  const jittered = base * (1 + policy.jitter * (2 * random - 1));
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, policy.maxMs)));
}
