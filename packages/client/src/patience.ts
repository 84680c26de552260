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
  checkSignal(signal);
  return { timeoutMs: timeoutMs ?? defaultTimeoutMs, signal };
}

/** @throws TypeError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError("`signal` must be an AbortSignal");
}
