import type { Attempt, TaskError } from "@taskpulse/contract";
import type { Verdict } from "@taskpulse/store";
import { nextDelayMs } from "@taskpulse/webhook";
import type { RetryPlan } from "./retry-plan.ts";
import type { RunOutcome } from "./run-outcome.ts";

/** How an attempt is remembered, and what follows from it. */
export interface AttemptEnd {
  attemptJson: string;
  verdict: Verdict;
}

export interface AttemptFacts {
  round: number;
  attempt: number;
  startedMs: number;
  endedMs: number;
  plan: RetryPlan;
  deadlineMs: number;
  /** Whether it was given up because its task was cancelled. */
  cancelled: boolean;
  /** From 0 to 1, for the jitter. */
  random: number;
}

/** A worker went away, or had to stop, while it ran the attempt: it may have done its work or not. */
export const INTERRUPTED: RunOutcome = {
  kind: "failed",
  retryable: true,
  error: { type: "Interrupted", message: "The worker went away while it ran this attempt." },
};

/** An aborted attempt is one that was interrupted, unless its task was cancelled. */
export function endOfAttempt(outcome: RunOutcome, facts: AttemptFacts): AttemptEnd {
  switch (outcome.kind) {
    case "succeeded": {
      const { status, retval } = outcome;
      const attemptJson = recordOf(facts, { outcome: "succeeded", ...known({ status }) });
      return { attemptJson, verdict: { kind: "succeeded", resultJson: jsonOf(retval) } };
    }
    case "accepted": {
      const attemptJson = recordOf(facts, { outcome: "accepted", status: outcome.status });
      return { attemptJson, verdict: { kind: "accepted", deadlineMs: facts.deadlineMs } };
    }
    case "failed":
      return endOfFailed(outcome, facts);
    case "aborted": {
      const interrupted = endOfAttempt(INTERRUPTED, facts);
      // The task has ended: what follows from the attempt counts for nothing.
      if (!facts.cancelled) return interrupted;
      return { ...interrupted, attemptJson: recordOf(facts, { outcome: "cancelled" }) };
    }
    default:
      return outcome satisfies never;
  }
}

function endOfFailed(
  outcome: Extract<RunOutcome, { kind: "failed" }>,
  facts: AttemptFacts,
): AttemptEnd {
  const { error, status, reply, retryable, retryAfterMs } = outcome;
  const { plan, attempt, random, endedMs } = facts;
  const tried = { outcome: "failed", error, ...known({ status, reply }) } as const;
  if (!retryable || attempt > plan.maxRetries) {
    const verdict = {
      kind: "failed",
      errorJson: JSON.stringify(error satisfies TaskError),
    } as const;
    return { attemptJson: recordOf(facts, tried), verdict };
  }
  const delayMs = nextDelayMs({ intervals: plan.intervals, attempt, random, retryAfterMs });
  const retry_at = new Date(endedMs + delayMs).toISOString();
  return {
    attemptJson: recordOf(facts, { ...tried, retry_at }),
    verdict: { kind: "retrying", delayMs },
  };
}

function recordOf(
  { round, attempt, startedMs, endedMs }: AttemptFacts,
  how: Pick<Attempt, "outcome"> & Partial<Attempt>,
): string {
  return JSON.stringify({
    round,
    attempt,
    started_at: new Date(startedMs).toISOString(),
    ended_at: new Date(endedMs).toISOString(),
    duration_ms: Math.max(0, Math.round(endedMs - startedMs)),
    ...how,
  } satisfies Attempt);
}

/** What is undefined is left out. */
function known<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** A function may return nothing. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}
