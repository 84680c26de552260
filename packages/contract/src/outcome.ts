/**
 * What can go wrong while a task is run, by name. Programs may rely on the names; messages are for
 * people.
 */
export const FAILURE_TYPES = [
  /** The reply is empty, too large, not JSON, or not of the reply format. */
  "InvalidResponse",
  /** The reply's `status` is neither `success` nor `failure`. */
  "UnknownStatus",
  /** The endpoint answered `failure`, or reported `task_failed`; the message is its reason. */
  "RemoteError",
  /** HTTP 4xx or 5xx. */
  "HttpError",
  "Timeout",
  "ConnectionFailed",
  /** The address is one that data may not name: see OUTGOING_ALLOW. */
  "AddressRefused",
  "RedirectRefused",
  /** A remote answered 202 and has not reported in time. */
  "DeadlineExceeded",
  /** A task that this one waited for did not succeed. */
  "PredecessorFailed",
  "HandlerError",
  /** The worker went away while it ran this attempt. */
  "Interrupted",
] as const;

export type FailureType = (typeof FAILURE_TYPES)[number];

export interface TaskError {
  type: FailureType;
  message: string;
  /** The HTTP status code of an `HttpError`. */
  status?: number;
}

/** One try to run a task. Times are ISO 8601 in UTC. */
export interface Attempt {
  /** 0 at first, one more after each retry by hand. */
  round: number;
  /** Counts from 1 in each round. */
  attempt: number;
  started_at: string;
  ended_at: string;
  duration_ms: number;
  /** `accepted`: the remote answered 202 and reports later. `cancelled`: given up because its task was. */
  outcome: "succeeded" | "failed" | "accepted" | "cancelled";
  /** The HTTP status of the reply, if there was one. */
  status?: number;
  error?: TaskError;
  /** The beginning of a reply that was no success, at most 16 KiB. */
  reply?: string;
  /** When the next attempt is due, if there is one. */
  retry_at?: string;
}
