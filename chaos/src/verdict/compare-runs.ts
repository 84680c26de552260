import {
  isFinal,
  type StateTotals,
  TASK_STATES,
  type TaskError,
  type TaskState,
  type Totals,
} from "@taskpulse/contract";
import type { Ledger } from "../load/ledger.ts";
import { identityOf } from "../load/ledger.ts";
import type { RunTask, RunTasks } from "../load/run-task.ts";
import type { CallNote, Note } from "../remotes/journal.ts";
import { explainEnd, startsInRounds, wrongChange } from "./run-rules.ts";
import type { StoredRun, StoredRuns } from "./stored-runs.ts";

/** What became of the tasks that are run; every list names what broke a promise, and how. */
export interface RunFindings {
  readonly acknowledged: number;
  readonly byState: Readonly<Partial<Record<TaskState, number>>>;
  /** As the remotes have counted them. */
  readonly calls: number;
  readonly reports: number;
  /** The most calls of one task in one round. */
  readonly mostCalls: number;
  /** Acknowledged, and not in a final state. */
  readonly unended: readonly string[];
  /** Called more often than the task's policy allows, or than the store has recorded attempts. */
  readonly tooOften: readonly string[];
  /** In a state that nothing it was told can have led to, or given up before its time. */
  readonly unexplained: readonly string[];
  /** Begun before what it waits for had succeeded, or not begun though it had. */
  readonly outOfTurn: readonly string[];
  /** Changes of state that the state machine does not have, or other numbers of attempts. */
  readonly irregular: readonly string[];
  /** Left in streams, sets and queues. */
  readonly leftovers: readonly string[];
  /** Totals per state and dead letters that are not what the tasks say. */
  readonly miscounted: readonly string[];
}

export interface RunsCompared {
  readonly ledger: Ledger;
  readonly tasks: RunTasks;
  readonly stored: StoredRuns;
  /** As the product tells them. */
  readonly summary: Pick<Totals, "byState">;
  /** How many tasks there are in all, those that are only recorded included. */
  readonly records: number;
  readonly notes: readonly Note[];
  readonly leftovers: readonly string[];
}

/** Holds what senders were told and what remotes have heard against what is stored. */
export function compareRuns(compared: RunsCompared): RunFindings {
  const { ledger, tasks, stored, notes, leftovers } = compared;
  const callsOf = callsByTask(notes);
  const byState: Partial<Record<TaskState, number>> = {};
  const lists = { unended: [], tooOften: [], unexplained: [], outOfTurn: [], irregular: [] } as {
    [list in "unended" | "tooOften" | "unexplained" | "outOfTurn" | "irregular"]: string[];
  };
  let acknowledged = 0;
  let mostCalls = 0;
  for (const [key, account] of ledger.accounts) {
    if (account.sender !== "runs" || account.firstAckAt === null) continue;
    acknowledged += 1;
    const n = tasks.numberOf(...identityOf(key));
    if (n === null) continue;
    const task = tasks.at(n);
    const { taskid } = task;
    const note = (list: keyof typeof lists, what: string) =>
      lists[list].push(`${taskid} (number ${n}, ${task.script.join(".")}) ${what}`);
    const run = stored.runs.get(taskid);
    const state = run?.state;
    if (run === undefined || state === undefined || !isFinal(state)) {
      note("unended", `is ${state ?? "unknown"}`);
      continue;
    }
    byState[state] = (byState[state] ?? 0) + 1;
    const calls = callsOf.get(taskid) ?? [];
    const starts = startsInRounds(run);
    for (const [round, count] of countRounds(calls)) {
      mostCalls = Math.max(mostCalls, count);
      const allowed = 1 + task.maxRetries;
      const recorded = starts[round] ?? 0;
      const inRound = `${count} calls in round ${round}`;
      if (count > allowed) note("tooOften", `${inRound}, its policy allows ${allowed}`);
      if (count > recorded) note("tooOften", `${inRound}, attempts recorded: ${recorded}`);
    }
    const foreign = calls.find(({ webhookId, round }) => webhookId !== `${taskid}-${round}`);
    if (foreign !== undefined) note("irregular", `was called with the id ${foreign.webhookId}`);
    const wrong = wrongChange(run);
    if (wrong !== null) note("irregular", wrong);
    const unexplained = explainEnd(task, run, calls);
    if (unexplained !== null) note("unexplained", unexplained);
    const turn = judgeTurn(task, run, calls, stored, callsOf);
    if (turn !== null) note("outOfTurn", turn);
  }
  return {
    ...{ acknowledged, byState, mostCalls, ...lists, leftovers },
    calls: notes.filter(({ kind }) => kind === "called").length,
    reports: notes.filter((note) => note.kind === "reported" && note.status === 200).length,
    miscounted: miscounted(compared),
  };
}

function judgeTurn(
  { after }: RunTask,
  run: StoredRun,
  calls: readonly CallNote[],
  { runs }: StoredRuns,
  callsOf: ReadonlyMap<string, readonly CallNote[]>,
): string | null {
  const begun = run.changes.find(({ state }) => state === "running")?.at;
  const called = Math.min(...calls.map(({ at }) => at));
  for (const other of after) {
    const before = runs.get(other);
    if (before?.state === "succeeded") {
      const ended = before.changes.findLast(({ state }) => state === "succeeded")?.at ?? 0;
      if (begun !== undefined && begun < ended) return `was begun ${ended - begun} ms too early`;
      const firstHeard = Math.min(...(callsOf.get(other) ?? []).map(({ at }) => at));
      if (called < firstHeard) return `was called ${firstHeard - called} ms before ${other}`;
    } else if (begun !== undefined || calls.length > 0) {
      return `was begun though ${other} is ${before?.state ?? "unknown"}`;
    }
  }
  const failedFor = run.state === "failed" ? (run.result as TaskError | null)?.type : undefined;
  const allSucceeded = after.every((other) => runs.get(other)?.state === "succeeded");
  if (failedFor === "PredecessorFailed" && allSucceeded) return "was given up for nothing";
  return null;
}

/** What the tasks themselves say, of `records` in all; those that are only recorded stay received. */
export function countByState({ runs }: StoredRuns, records: number): StateTotals {
  const counts = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as StateTotals;
  counts.received = records - runs.size;
  for (const { state } of runs.values()) {
    if (state !== undefined) counts[state] += 1;
  }
  return counts;
}

function miscounted({ stored, summary, records }: RunsCompared): string[] {
  const found: string[] = [];
  const counted = countByState(stored, records);
  for (const state of TASK_STATES) {
    const expected = counted[state];
    const total = stored.byState[state];
    if (total !== expected) found.push(`total of ${state}: ${total}, not ${expected}`);
    const told = summary.byState[state];
    if (told !== expected) found.push(`${state} of GET /api/summary: ${told}, not ${expected}`);
  }
  const failed = new Set(
    [...stored.runs.values()].filter(({ state }) => state === "failed").map(({ taskid }) => taskid),
  );
  for (const [digit, total] of stored.running.entries()) {
    if (total !== 0) found.push(`running with priority ${digit}: ${total}, not 0`);
  }
  for (const taskid of failed) {
    if (!stored.dead.has(taskid)) found.push(`${taskid} has failed and is no dead letter`);
  }
  for (const taskid of stored.dead) {
    if (!failed.has(taskid)) found.push(`${taskid} is a dead letter and has not failed`);
  }
  return found;
}

function callsByTask(notes: readonly Note[]): Map<string, CallNote[]> {
  const calls = new Map<string, CallNote[]>();
  for (const note of notes) {
    if (note.kind !== "called") continue;
    const known = calls.get(note.taskid);
    if (known === undefined) calls.set(note.taskid, [note]);
    else known.push(note);
  }
  return calls;
}

function countRounds(calls: readonly CallNote[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { round } of calls) counts.set(round, (counts.get(round) ?? 0) + 1);
  return counts;
}
