export interface Patience {
  /** How long to go on, in milliseconds; may be Infinity. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** @throws TypeError */
export function readPatience(
  { timeoutMs, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  defaultTimeoutMs: number,
): Patience {
  if (timeoutMs !== undefined && (typeof timeoutMs !== "number" || !(timeoutMs >= 0))) {
    throw new TypeError("`timeoutMs` must be a number of milliseconds from 0");
  }
  return { timeoutMs: timeoutMs ?? defaultTimeoutMs, signal: readSignal(signal) };
}

/**
 * A signal of our own that ends with the program's: Node.js 20 warns of a leak when a signal that many
 * calls share has more than ten listeners.
 *
 * @throws TypeError
 */
export function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (signal instanceof AbortSignal) return AbortSignal.any([signal]);
  throw new TypeError("`signal` must be an AbortSignal");
}
