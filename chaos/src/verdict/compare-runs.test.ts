import { type StateTotals, TASK_STATES } from "@taskpulse/contract";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CommandAccount } from "../load/command-load.ts";
import { Ledger } from "../load/ledger.ts";
import { type RunTask, RunTasks } from "../load/run-task.ts";
import type { Deed } from "../remotes/deed.ts";
import type { Note, ResultNote } from "../remotes/journal.ts";
import { compareRuns, type RunFindings } from "./compare-runs.ts";
import { expectedRuns } from "./expected-run.ts";
import type { StoredRun } from "./stored-runs.ts";

const tasks = new RunTasks(5, ["http://127.0.0.1:1"]);
const numbers = Array.from({ length: 3_000 }, (_, n) => n);

const NONE = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as StateTotals;

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The first task of which this is so. */
function find(what: (task: RunTask) => boolean): number {
  const n = numbers.find((number) => what(tasks.at(number)));
  if (n === undefined) throw new Error("there is no such task");
  return n;
}

const isQuiet = ({ hasWebhook, command }: RunTask) => !hasWebhook && command === null;
const isOk = ({ script, product, body }: RunTask) =>
  script.join() === "ok" && product === null && body.delay === undefined;
const plain = find((task) => isOk(task) && isQuiet(task) && task.after.length === 0);
const isPlain = (n: number) => isOk(tasks.at(n)) && isQuiet(tasks.at(n));
const numberOf = (taskid = "") => numbers.findIndex((n) => tasks.taskid(n) === taskid);
const successor = find(
  (task) =>
    isOk(task) && isQuiet(task) && task.after.length === 1 && isPlain(numberOf(task.after[0])),
);
const told = find((task) => isOk(task) && task.hasWebhook && task.after.length === 0);
const predecessor = numberOf(tasks.at(successor).after[0]);

const succeeded = (n: number, from = 1_000): StoredRun => ({
  ...{ taskid: tasks.taskid(n), state: "succeeded", round: 0, attempts: 1 },
  changes: (["queued", "running", "succeeded"] as const).map((state, i) => ({
    ...{ state, at: from + i },
  })),
  ...{ ended: [], result: { taskid: tasks.taskid(n), round: 0, attempt: 1 } },
});
const called = (n: number, at = 1_001, more: { attempt?: number; deed?: Deed } = {}): Note => ({
  ...{ kind: "called", taskid: tasks.taskid(n), round: 0, attempt: 1, at, deed: "ok" },
  ...{ webhookId: `${tasks.taskid(n)}-0-call`, ...more },
});

const arrival = (n: number, more: Partial<ResultNote> = {}): Note => ({
  ...{ kind: "told", taskid: tasks.taskid(n), at: 1_100, status: "finished", answered: 200 },
  ...{ webhookId: `${tasks.taskid(n)}-0`, hash: "x", ...more },
});

/** Four tasks that were run once each, one after another, and one was told of. */
function flawless() {
  const ledger = new Ledger();
  for (const n of [plain, predecessor, successor, told]) {
    const { key, body } = tasks.at(n);
    ledger.acknowledged(ledger.sending("runs", body.batchid, [key]), 1, "A");
  }
  const runs = [
    ...[plain, predecessor, told].map((n) => succeeded(n)),
    succeeded(successor, 2_000),
  ];
  return {
    ...{ ledger, commands: new Map<string, CommandAccount>() },
    runs: new Map(runs.map((run) => [run.taskid, run])),
    byState: { ...NONE, received: 4, succeeded: 4 },
    summary: { byState: { ...NONE, received: 4, succeeded: 4 } },
    running: [0, 0, 0, 0],
    dead: new Set<string>(),
    notes: [
      ...[called(plain), called(predecessor), called(successor, 2_001)],
      ...[called(told), arrival(told)],
    ],
  };
}

function judge(change: (site: ReturnType<typeof flawless>) => void = () => {}): RunFindings {
  const site = flawless();
  change(site);
  const { ledger, commands, notes, summary } = site;
  const expected = expectedRuns(ledger, tasks, commands);
  return compareRuns({
    ...{ expected, notes, summary, stored: site },
    records: 8,
    leftovers: [],
    subscribers: [],
  });
}

/** Changes what is stored of the plain task. */
const withPlain =
  (change: Partial<StoredRun>) =>
  ({ runs }: ReturnType<typeof flawless>) =>
    runs.set(tasks.taskid(plain), { ...succeeded(plain), ...change });

const LISTS = [
  "unended",
  "tooOften",
  "unexplained",
  "outOfTurn",
  "irregular",
  "miscounted",
  "untold",
  "mistold",
] as const;

function expectOnly(found: RunFindings, list: (typeof LISTS)[number], text: string): void {
  for (const name of LISTS) expect(found[name], name).toHaveLength(name === list ? 1 : 0);
  expect(found[list][0]).toContain(text);
}

it("finds nothing where every task was run as it should be", () => {
  const found = judge();
  for (const name of LISTS) expect(found[name]).toEqual([]);
  expect(found).toMatchObject({ expected: 4, calls: 4, mostCalls: 1, reports: 0, results: 1 });
  expect(found.byState).toEqual({ succeeded: 4 });
});

it("finds what has not ended, and what is gone", () => {
  const found = judge(({ runs }) => runs.delete(tasks.taskid(plain)));
  expect(found.unended[0]).toContain("is unknown");
  const running = { state: "running", changes: [{ state: "running", at: 1 }] } as const;
  expect(judge(withPlain(running)).unended[0]).toContain("is running");
});

it("finds what was called more often than allowed, or than is recorded", () => {
  const { maxRetries } = tasks.at(plain);
  const often = judge(({ notes }) => {
    for (let i = 0; i <= maxRetries; i++) notes.push(called(plain));
  });
  expect(often.tooOften.join()).toContain(`its policy allows ${1 + maxRetries}`);
  expect(often.mostCalls).toBe(2 + maxRetries);
  const uncounted = judge(({ notes }) => notes.push(called(plain)));
  expect(uncounted.tooOften.join()).toContain("attempts recorded: 1");
});

it("finds a success that nobody gave, and a failure without a reason", () => {
  expectOnly(
    judge(({ notes }) => notes.shift()),
    ...(["unexplained", "which nobody said"] as const),
  );
  const failed = (type: string) =>
    judge((site) => {
      withPlain({
        state: "failed",
        changes: [
          ...(["queued", "running", "failed"] as const).map((state, at) => ({ state, at })),
        ],
        result: { type, message: "x" },
      })(site);
      for (const { byState } of [site, site.summary]) {
        Object.assign(byState, { succeeded: 3, failed: 1 });
      }
      site.dead.add(tasks.taskid(plain));
    });
  expectOnly(failed("RemoteError"), "unexplained", "RemoteError");
  expectOnly(failed("InvalidResponse"), "unexplained", "InvalidResponse");
  if (tasks.at(plain).maxRetries > 0) expectOnly(failed("Timeout"), "unexplained", "after 1 of");
});

it("finds what was begun before its turn, by the store's clock and by the remotes'", () => {
  const early = judge(({ runs }) => runs.set(tasks.taskid(successor), succeeded(successor, 1_000)));
  expectOnly(early, "outOfTurn", "1 ms too early");
  const heard = judge(({ notes }) => {
    notes[2] = called(successor, 900);
  });
  expectOnly(heard, "outOfTurn", "was called 101 ms before");
});

it("finds changes that the state machine does not have, and wrong counts", () => {
  const skipped = [
    { state: "retrying", at: 1 },
    { state: "succeeded", at: 2 },
  ] as const;
  expect(judge(withPlain({ changes: skipped })).irregular[0]).toContain(
    "from received to retrying",
  );
  expectOnly(judge(withPlain({ attempts: 2 })), "irregular", "counts 2 attempts");
  expect(judge(withPlain({ round: 1 })).irregular[0]).toContain("round 1");
});

it("finds wrong totals and dead letters", () => {
  expectOnly(
    judge(({ byState }) => Object.assign(byState, { queued: 1 })),
    ...(["miscounted", "total of queued: 1, not 0"] as const),
  );
  expectOnly(
    judge(({ summary }) => Object.assign(summary.byState, { failed: 1 })),
    ...(["miscounted", "failed of GET /api/summary: 1, not 0"] as const),
  );
  expectOnly(
    judge(({ running }) => running.splice(2, 1, 1)),
    "miscounted",
    "priority 2: 1",
  );
  expectOnly(
    judge(({ dead }) => dead.add("x")),
    "miscounted",
    "x is a dead letter",
  );
});

it("finds results that nobody was told of, or otherwise than they are", () => {
  const taskid = tasks.taskid(told);
  expectOnly(
    judge(({ notes }) => notes.pop()),
    ...(["untold", "ended as succeeded"] as const),
  );
  const refused = judge(({ notes }) => {
    notes[4] = arrival(told, { answered: 503 });
  });
  expectOnly(refused, "untold", taskid);
  const more = (note: Note) => judge(({ notes }) => notes.push(note));
  expectOnly(more(arrival(told, { status: "failed" })), "mistold", "said failed, not finished");
  expectOnly(more(arrival(told, { hash: "y" })), "mistold", "different bodies");
  expectOnly(more(arrival(told, { webhookId: `${taskid}-1` })), "mistold", "asked for by nobody");
  expectOnly(more(arrival(plain)), "mistold", "asked for by nobody");
});

it("finds cancellations and retries that were not asked for, or were told and not done", () => {
  const asked = (account: Partial<CommandAccount>, change: Partial<StoredRun> = {}) =>
    judge((site) => {
      withPlain(change)(site);
      const full = { command: "cancel" as const, sent: 1, done: 0, odd: null, ...account };
      site.commands.set(tasks.taskid(plain), full);
    });
  expect(asked({}).unexplained).toEqual([]);
  expectOnly(asked({ done: 1 }), "unexplained", "was told to be cancelled, is succeeded");
  expectOnly(asked({ command: "retry", done: 1 }), "unexplained", "is in round 0");
  expectOnly(asked({ odd: "404" }), "unexplained", "the answer was 404");
  const cancelled = { state: "cancelled", changes: [{ state: "cancelled", at: 1 }] } as const;
  expect(asked({ done: 1 }, { ...cancelled, attempts: 0 }).unexplained).toEqual([]);
  expect(judge(withPlain(cancelled)).unexplained[0]).toContain("asked by nobody");
});
