import type { CallOutcome } from "@taskpulse/webhook";

/** How an attempt ended, by whatever it was made; `status` is HTTP's, where an endpoint was called. */
export type RunOutcome =
  | Exclude<CallOutcome, { kind: "succeeded" }>
  | { kind: "succeeded"; retval: unknown; status?: number };
