const LEAST_MS = 1_000;
const MOST_MS = 86_400_000;

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, section 10.2.3); null if neither. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  // An HTTP date ends in GMT; `Date.parse` alone would take almost anything.
  const at = header.endsWith("GMT") ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** Within 1 s and 24 h: no endpoint makes us hurry, or wait for ever. */
export function clampRetryAfter(ms: number): number {
  return Math.min(Math.max(ms, LEAST_MS), MOST_MS);
}
