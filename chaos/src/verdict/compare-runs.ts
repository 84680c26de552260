import { isFinal, type TaskError, type TaskState, type Totals } from "@taskpulse/contract";
import type { Subscriber } from "../load/subscribe.ts";
import type { CallNote, Note } from "../remotes/journal.ts";
import { calledTooSoon } from "./call-times.ts";
import { compareResults, type ResultFindings } from "./compare-results.ts";
import { miscountedStates } from "./count-states.ts";
import type { ExpectedRun } from "./expected-run.ts";
import { explainEnd, lostReport, roundsOf, wrongChange, wrongCommand } from "./run-rules.ts";
import type { StoredRun, StoredRuns } from "./stored-runs.ts";

const LISTS = ["unended", "tooOften", "unexplained", "outOfTurn", "irregular"] as const;

/** What became of the tasks that are run; every list names what broke a promise, and how. */
export interface RunFindings extends ResultFindings {
  readonly expected: number;
  readonly byState: Readonly<Partial<Record<TaskState, number>>>;
  /** As the remotes have counted them. */
  readonly calls: number;
  readonly reports: number;
  /** The most calls of one task in one round. */
  readonly mostCalls: number;
  /** Attempts that the store says were cut short because their worker went away. */
  readonly interrupted: number;
  /** Not in a final state. */
  readonly unended: readonly string[];
  /** Called more often than the task's policy allows, or than the store has recorded attempts. */
  readonly tooOften: readonly string[];
  /** In a state that nothing it was told can have led to, or given up before its time. */
  readonly unexplained: readonly string[];
  /** Begun before its time, or before what it waits for had succeeded, or given up though that had. */
  readonly outOfTurn: readonly string[];
  /** Changes of state that the state machine does not have, or other numbers of attempts. */
  readonly irregular: readonly string[];
  /** Left in streams, sets and queues. */
  readonly leftovers: readonly string[];
  /** Totals per state and dead letters that are not what the tasks say. */
  readonly miscounted: readonly string[];
}

export interface RunsCompared {
  readonly expected: readonly ExpectedRun[];
  readonly stored: StoredRuns;
  readonly subscribers: readonly Subscriber[];
  /** As the product tells them. */
  readonly summary: Pick<Totals, "byState">;
  /** How many tasks there are in all, those that are only recorded included. */
  readonly records: number;
  readonly notes: readonly Note[];
  readonly leftovers: readonly string[];
}

/** Holds what senders were told and what remotes have heard against what is stored. */
export function compareRuns(compared: RunsCompared): RunFindings {
  const { expected, stored, summary, records, notes, leftovers } = compared;
  const calls = notes.filter((note) => note.kind === "called");
  const callsOf = Map.groupBy(calls, ({ taskid }) => taskid);
  const reports = notes.filter((note) => note.kind === "reported");
  const reportsOf = Map.groupBy(reports, ({ taskid }) => taskid);
  const byState: Partial<Record<TaskState, number>> = {};
  const lists: Record<(typeof LISTS)[number], string[]> = {
    ...{ unended: [], tooOften: [], unexplained: [], outOfTurn: [], irregular: [] },
  };
  let mostCalls = 0;
  for (const task of expected) {
    const { taskid, name } = task;
    const note = (list: keyof typeof lists, what: string | null) => {
      if (what !== null) lists[list].push(`${taskid} (${name}) ${what}`);
    };
    const run = stored.runs.get(taskid);
    const state = run?.state;
    if (run === undefined || state === undefined || !isFinal(state)) {
      note("unended", `is ${state ?? "unknown"}`);
      continue;
    }
    byState[state] = (byState[state] ?? 0) + 1;
    const heard = callsOf.get(taskid) ?? [];
    for (const [round, { length }] of Map.groupBy(heard, (call) => call.round)) {
      mostCalls = Math.max(mostCalls, length);
      note("tooOften", tooOften(task, run, round, length));
    }
    note("irregular", wrongChange(run) ?? wrongId(taskid, heard));
    note("unexplained", wrongCommand(task, run) ?? explainEnd(task, run, heard));
    note("outOfTurn", wrongTurn(task, run, heard, stored, callsOf));
    note("outOfTurn", calledTooSoon(task, run, heard));
    note("unexplained", lostReport(run, reportsOf.get(taskid) ?? []));
  }
  return {
    ...{ expected: expected.length, byState, calls: calls.length, mostCalls, ...lists, leftovers },
    interrupted: interruptedOf(stored),
    reports: reports.filter(({ status }) => status === 200).length,
    miscounted: miscountedStates(stored, summary, records),
    ...compareResults(expected, stored, compared.subscribers, notes),
  };
}

function interruptedOf({ runs }: StoredRuns): number {
  const attempts = [...runs.values()].flatMap(({ ended }) => ended);
  return attempts.filter(({ error }) => error?.type === "Interrupted").length;
}

function tooOften(
  { maxRetries }: ExpectedRun,
  run: StoredRun,
  round: number,
  count: number,
): string | null {
  const allowed = 1 + maxRetries;
  const recorded = roundsOf(run)[round]?.starts ?? 0;
  const inRound = `${count} calls in round ${round}`;
  if (count > allowed) return `${inRound}, its policy allows ${allowed}`;
  return count > recorded ? `${inRound}, attempts recorded: ${recorded}` : null;
}

function wrongId(taskid: string, calls: readonly CallNote[]): string | null {
  const wrong = calls.find(({ webhookId, round }) => webhookId !== `${taskid}-${round}-call`);
  return wrong === undefined ? null : `was called with the id ${wrong.webhookId}`;
}

function wrongTurn(
  { after }: ExpectedRun,
  run: StoredRun,
  calls: readonly CallNote[],
  { runs }: StoredRuns,
  callsOf: ReadonlyMap<string, readonly CallNote[]>,
): string | null {
  // Who runs a task again by hand wants it run.
  if (run.round > 0) return null;
  const begun = run.changes.find(({ state }) => state === "running")?.at;
  const called = Math.min(...calls.map(({ at }) => at));
  for (const other of after) {
    const before = runs.get(other);
    if (before?.state === "succeeded") {
      const ended = before.changes.findLast(({ state }) => state === "succeeded")?.at ?? 0;
      if (begun !== undefined && begun < ended) return `was begun ${ended - begun} ms too early`;
      // A handler calls nobody.
      const firstHeard = callsOf.get(other)?.[0]?.at ?? called;
      if (called < firstHeard) return `was called ${firstHeard - called} ms before ${other}`;
    } else if (begun !== undefined || calls.length > 0) {
      return `was begun though ${other} is ${before?.state ?? "unknown"}`;
    }
  }
  const failedFor = run.state === "failed" ? (run.result as TaskError | null)?.type : undefined;
  // One that failed first may have been run again, and succeeded.
  const allAtOnce = after.every((other) => {
    const before = runs.get(other);
    return before?.state === "succeeded" && before.round === 0;
  });
  return failedFor === "PredecessorFailed" && allAtOnce ? "was given up for nothing" : null;
}
