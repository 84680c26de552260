import { type StateTotals, TASK_STATES } from "@taskpulse/contract";
import { expect, it } from "vitest";
import { Ledger } from "../load/ledger.ts";
import { RunTasks } from "../load/run-task.ts";
import type { Deed } from "../remotes/deed.ts";
import type { Note } from "../remotes/journal.ts";
import { compareRuns, type RunFindings } from "./compare-runs.ts";
import type { StoredRun } from "./stored-runs.ts";

const tasks = new RunTasks(5, ["http://127.0.0.1:1"]);
const numbers = Array.from({ length: 3_000 }, (_, n) => n);

const NONE = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as StateTotals;

/** The first task of which this is so. */
function find(what: (task: ReturnType<RunTasks["at"]>) => boolean): number {
  const n = numbers.find((number) => what(tasks.at(number)));
  if (n === undefined) throw new Error("there is no such task");
  return n;
}

const plain = find(({ script, after }) => script.join() === "ok" && after.length === 0);
const successor = find(({ after, script }) => after.length === 1 && script.join() === "ok");
const predecessor = numbers.findIndex((n) => tasks.taskid(n) === tasks.at(successor).after[0]);

const succeeded = (n: number, from = 1_000): StoredRun => ({
  ...{ taskid: tasks.taskid(n), state: "succeeded", round: 0, attempts: 1 },
  changes: (["queued", "running", "succeeded"] as const).map((state, i) => ({
    ...{ state, at: from + i },
  })),
  ...{ ended: [], result: { taskid: tasks.taskid(n), round: 0, attempt: 1 } },
});
const called = (n: number, at = 1_001, more: { attempt?: number; deed?: Deed } = {}): Note => ({
  ...{ kind: "called", taskid: tasks.taskid(n), round: 0, attempt: 1, at, deed: "ok" },
  ...{ webhookId: `${tasks.taskid(n)}-0`, ...more },
});

/** Three tasks that were run once each, one after another. */
function flawless() {
  const ledger = new Ledger();
  for (const n of [plain, predecessor, successor]) {
    const { key, body } = tasks.at(n);
    ledger.acknowledged(ledger.sending("runs", body.batchid, [key]), 1, "A");
  }
  const runs = [succeeded(plain), succeeded(predecessor), succeeded(successor, 2_000)];
  return {
    ledger,
    runs: new Map(runs.map((run) => [run.taskid, run])),
    byState: { ...NONE, received: 4, succeeded: 3 },
    summary: { byState: { ...NONE, received: 4, succeeded: 3 } },
    running: [0, 0, 0, 0],
    dead: new Set<string>(),
    notes: [called(plain), called(predecessor), called(successor, 2_001)],
  };
}

function judge(change: (site: ReturnType<typeof flawless>) => void = () => {}): RunFindings {
  const site = flawless();
  change(site);
  const { ledger, notes, summary } = site;
  const known = { ledger, notes, summary, tasks };
  return compareRuns({ ...known, stored: site, records: 7, leftovers: [] });
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
] as const;

function expectOnly(found: RunFindings, list: (typeof LISTS)[number], text: string): void {
  for (const name of LISTS) expect(found[name], name).toHaveLength(name === list ? 1 : 0);
  expect(found[list][0]).toContain(text);
}

it("finds nothing where every task was run as it should be", () => {
  const found = judge();
  for (const name of LISTS) expect(found[name]).toEqual([]);
  expect(found).toMatchObject({ acknowledged: 3, calls: 3, mostCalls: 1, reports: 0 });
  expect(found.byState).toEqual({ succeeded: 3 });
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
        Object.assign(byState, { succeeded: 2, failed: 1 });
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
