import type { ErrorCode } from "@taskpulse/contract";

/** Why a request is turned away. */
export interface Refusal {
  code: ErrorCode;
  /** One clear sentence for the caller; it never repeats a token. */
  reason: string;
  /** Only with `too_many_attempts`. */
  retryAfterSeconds?: number;
}
