import type { CallNote } from "../remotes/journal.ts";
import type { ExpectedRun } from "./expected-run.ts";
import { roundsOf } from "./run-rules.ts";
import type { StoredRun } from "./stored-runs.ts";

/** The store and the remotes read the same clock, in whole milliseconds. */
const ROUNDING_MS = 2;
/** Intervals are up to so much shorter. */
const JITTER = 0.2;

/** Null when no call came before its time, by the remotes' clock, else which one did. */
export function calledTooSoon(
  { notBefore, intervals }: ExpectedRun,
  run: StoredRun,
  calls: readonly CallNote[],
): string | null {
  // Who runs a task again by hand wants it run.
  const first = calls.find(({ round }) => round === 0)?.at ?? Number.POSITIVE_INFINITY;
  const early = notBefore - ROUNDING_MS - first;
  if (early > 0) return `was called ${early} ms before its time`;
  for (const round of roundsOf(run).keys()) {
    const heard = calls.filter((call) => call.round === round);
    for (const { attempt, at } of heard) {
      const before = heard.find((call) => call.attempt === attempt - 1);
      if (before === undefined || !hasFailed(run, before)) continue;
      const seconds = intervals[Math.min(attempt - 1, intervals.length) - 1] ?? 0;
      const least = seconds * 1_000 * (1 - JITTER) - ROUNDING_MS;
      const gap = at - before.at;
      if (gap < least) return `was tried again after ${gap} ms; attempt ${attempt}`;
    }
  }
  return null;
}

/** By what its worker saw. Of one that its worker has lost, the call may come late, even after the next. */
function hasFailed({ ended }: StoredRun, { round, attempt }: CallNote): boolean {
  return ended.some(
    (tried) =>
      tried.round === round &&
      tried.attempt === attempt &&
      tried.outcome === "failed" &&
      tried.error?.type !== "Interrupted",
  );
}
