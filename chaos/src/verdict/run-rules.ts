import type { FailureType, TaskError, TaskState } from "@taskpulse/contract";
import type { RunTask } from "../load/run-task.ts";
import { ACCEPTS, REFUSES, SUCCEEDS } from "../remotes/deed.ts";
import type { CallNote } from "../remotes/journal.ts";
import type { StoredRun } from "./stored-runs.ts";

/** What may follow a state, and nothing else. */
const FOLLOWS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  // Failed at once: what it waits for had failed before it came.
  received: ["waiting", "queued", "running", "failed", "cancelled"],
  waiting: ["received", "failed", "cancelled"],
  queued: ["running", "cancelled"],
  running: ["retrying", "succeeded", "failed", "cancelled"],
  retrying: ["queued", "running", "cancelled"],
  succeeded: [],
  failed: ["received"],
  cancelled: ["received"],
};

/** Errors after which the task is tried again as long as it may be. */
const PASSING: ReadonlySet<FailureType> = new Set(["Timeout", "ConnectionFailed", "Interrupted"]);

/** How many attempts were begun in each round, from 0, by the changes of state. */
export function startsInRounds({ changes }: StoredRun): number[] {
  const starts = [0];
  let before: TaskState | undefined = "received";
  for (const { state } of changes) {
    if (state === "received" && (before === "failed" || before === "cancelled")) starts.push(0);
    if (state === "running") starts.push((starts.pop() ?? 0) + 1);
    before = state;
  }
  return starts;
}

/** The first change that the state machine does not have, or numbers that contradict the changes; else null. */
export function wrongChange(run: StoredRun): string | null {
  let before: TaskState = "received";
  for (const { state } of run.changes) {
    if (state === undefined || !FOLLOWS[before].includes(state)) {
      return `went from ${before} to ${state ?? "nothing known"}`;
    }
    before = state;
  }
  if (before !== run.state) return `is ${run.state}, its last change was to ${before}`;
  const starts = startsInRounds(run);
  if (starts.length !== run.round + 1) return `is in round ${run.round}, was begun anew otherwise`;
  const begun = starts.at(-1) ?? 0;
  if (begun !== run.attempts) return `counts ${run.attempts} attempts, ${begun} were begun`;
  return null;
}

/** Null when what the remotes did explains how the task has ended, else why not. */
export function explainEnd(
  { maxRetries, after }: RunTask,
  { state, round, attempts, result }: StoredRun,
  calls: readonly CallNote[],
): string | null {
  const heard = calls.filter((call) => call.round === round);
  if (state === "succeeded") {
    const told = result as Partial<CallNote> | null;
    const source = heard.find(({ attempt }) => told?.round === round && told.attempt === attempt);
    if (source === undefined) return `succeeded with ${JSON.stringify(result)}, which nobody said`;
    return SUCCEEDS.has(source.deed) ? null : `succeeded by the deed ${source.deed}`;
  }
  if (state !== "failed") return "was cancelled, which nobody asked for";
  if (result === null) return "failed, and does not say why";
  const error = result as TaskError;
  const failed = `failed with ${error.type}: ${error.message}`;
  switch (error.type) {
    case "RemoteError":
      return heard.some(({ deed }) => REFUSES.has(deed)) ? null : failed;
    case "HttpError":
      if (!heard.some(({ deed }) => deed === String(error.status))) return failed;
      return error.status !== 503 || attempts > maxRetries ? null : `${failed}, too early`;
    case "DeadlineExceeded":
      return heard.some(({ deed }) => ACCEPTS.has(deed)) ? null : failed;
    case "PredecessorFailed":
      return after.length > 0 && heard.length === 0 ? null : failed;
    default:
      if (!PASSING.has(error.type)) return failed;
      return attempts > maxRetries ? null : `${failed}, after ${attempts} of ${1 + maxRetries}`;
  }
}
