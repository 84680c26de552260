import { isDeepStrictEqual } from "node:util";
import type { FailureType, ReportAnswer, TaskError, TaskState } from "@taskpulse/contract";
import type { CommandAccount } from "../load/command-load.ts";
import { ACCEPTS, REFUSES, SUCCEEDS } from "../remotes/deed.ts";
import type { CallNote, ReportNote } from "../remotes/journal.ts";
import { REASON } from "../remotes/report-back.ts";
import type { ExpectedRun } from "./expected-run.ts";
import type { StoredRun } from "./stored-runs.ts";

/** What may follow a state, and nothing else. */
const FOLLOWS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  // Failed at once: what it waits for had failed before it came.
  received: ["waiting", "queued", "running", "failed", "cancelled"],
  waiting: ["received", "failed", "cancelled"],
  // Ended by a report of an attempt whose reply was not read, like `retrying`.
  queued: ["running", "succeeded", "failed", "cancelled"],
  running: ["retrying", "succeeded", "failed", "cancelled"],
  retrying: ["queued", "running", "succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: ["received"],
  cancelled: ["received"],
};

/** Errors after which the task is tried again as long as it may be. */
const PASSING: ReadonlySet<FailureType> = new Set(["Timeout", "ConnectionFailed", "Interrupted"]);

export interface Round {
  /** Attempts that were begun. */
  readonly starts: number;
  /** The last state in it. */
  readonly end: TaskState | undefined;
}

/** By the changes of state, from round 0. */
export function roundsOf({ changes }: StoredRun): Round[] {
  const rounds: Round[] = [];
  let round: Round = { starts: 0, end: "received" };
  for (const { state } of changes) {
    if (state === "received" && (round.end === "failed" || round.end === "cancelled")) {
      rounds.push(round);
      round = { starts: 0, end: state };
    } else {
      round = { starts: round.starts + (state === "running" ? 1 : 0), end: state };
    }
  }
  return [...rounds, round];
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
  if (before === "succeeded" && run.attempts === 0) return "succeeded, and was never begun";
  if (before !== run.state) return `is ${run.state}, its last change was to ${before}`;
  const rounds = roundsOf(run);
  if (rounds.length !== run.round + 1) return `is in round ${run.round}, was begun anew otherwise`;
  const begun = rounds.at(-1)?.starts ?? 0;
  if (begun !== run.attempts) return `counts ${run.attempts} attempts, ${begun} were begun`;
  return null;
}

/** Null when it was cancelled and run again as was asked and told, else what is otherwise. */
export function wrongCommand({ command }: ExpectedRun, { state, round }: StoredRun): string | null {
  const { command: name, sent, done, odd } = command ?? NO_COMMAND;
  if (odd !== null) return `was to be asked for a ${name}; the answer was ${odd}`;
  const retries = name === "retry" ? { least: done, most: sent } : { least: 0, most: 0 };
  if (round < retries.least || round > retries.most) {
    return `is in round ${round}; ${retries.most} retries were asked for, ${retries.least} begun`;
  }
  const isCancelled = state === "cancelled";
  if (isCancelled && (name !== "cancel" || sent === 0)) return "was cancelled, asked by nobody";
  if (!isCancelled && name === "cancel" && done > 0) return `was told to be cancelled, is ${state}`;
  return null;
}

/** Null unless a remote was told that its report had ended the task, and it has not ended so. */
export function lostReport(
  { taskid, state, round, result }: StoredRun,
  reports: readonly ReportNote[],
): string | null {
  const ending = reports.filter((report) => report.round === round && hasEnded(report));
  const [told] = ending;
  if (told === undefined) return null;
  if (ending.length > 1) return `was ended by ${ending.length} reports`;
  const { attempt } = told;
  const expected =
    told.event === "task_completed"
      ? ["succeeded", { taskid, round, attempt }]
      : ["failed", { type: "RemoteError", message: REASON }];
  return isDeepStrictEqual([state, result], expected)
    ? null
    : `is ${state} with ${JSON.stringify(result)}; a report was told to have ended it as ${told.event}`;
}

/** Whether the answer says that it was this report. */
function hasEnded({ status, answer }: ReportNote): boolean {
  return status === 200 && (JSON.parse(answer) as ReportAnswer).retval.changed;
}

const NO_COMMAND: CommandAccount = { command: "cancel", sent: 0, done: 0, odd: null };

/** Null when what the remotes did explains how the task has ended, else why not. */
export function explainEnd(
  { maxRetries, after, product }: ExpectedRun,
  { state, round, attempts, result }: StoredRun,
  calls: readonly CallNote[],
): string | null {
  const heard = calls.filter((call) => call.round === round);
  if (state === "succeeded" && product !== null) {
    return result === product ? null : `returned ${JSON.stringify(result)}, not ${product}`;
  }
  if (state === "succeeded") {
    const told = result as Partial<CallNote> | null;
    const source = heard.find(({ attempt }) => told?.round === round && told.attempt === attempt);
    if (source === undefined) return `succeeded with ${JSON.stringify(result)}, which nobody said`;
    return SUCCEEDS.has(source.deed) ? null : `succeeded by the deed ${source.deed}`;
  }
  if (state !== "failed") return null;
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
