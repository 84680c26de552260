import type { TaskError } from "@taskpulse/contract";

/** What went wrong before a whole reply was there. */
export interface TransportFailure {
  error: TaskError;
  /** Whether the same request may be sent again. */
  retryable: boolean;
}

/** A try that failed. */
export interface FailedTry extends TransportFailure {
  kind: "failed";
  /** The HTTP status, whatever the error, if one came. */
  status?: number;
  /** What the endpoint asked for with 429 or 503, from 1 s to 24 h. */
  retryAfterMs?: number;
  /** The beginning of the reply, at most 16 KiB in UTF-8. */
  reply?: string;
}

/** The signal that was passed ended the try, or everything is being closed. */
export interface AbortedTry {
  kind: "aborted";
}
