import type { Attempt } from "@taskpulse/contract";
import { expect, it } from "vitest";
import type { CallNote, ReportNote } from "../remotes/journal.ts";
import { REASON } from "../remotes/report-back.ts";
import { calledTooSoon } from "./call-times.ts";
import type { ExpectedRun } from "./expected-run.ts";
import { lostReport, roundsOf } from "./run-rules.ts";
import type { StoredRun } from "./stored-runs.ts";

const task: ExpectedRun = {
  ...{ taskid: "t", name: "x", priority: "Low", script: ["503", "ok"], maxRetries: 3 },
  ...{ intervals: [0.1, 1], after: [], hasWebhook: false, product: null, command: null },
  notBefore: 1_000,
};
const states = ["queued", "running", "retrying", "queued", "running", "succeeded"] as const;
const run: StoredRun = {
  ...{ taskid: "t", state: "succeeded", round: 0, attempts: 2, ended: [], result: null },
  changes: states.map((state, at) => ({ state, at })),
};
const call = (attempt: number, at: number): CallNote => ({
  ...{ kind: "called", taskid: "t", round: 0, attempt, at, webhookId: "", deed: "ok" },
});
const failed = (attempt: number, type: "HttpError" | "Interrupted"): Attempt => ({
  ...{ round: 0, attempt, started_at: "", ended_at: "", duration_ms: 0, outcome: "failed" },
  error: { type, message: "" },
});

it("counts attempts by round", () => {
  const again = (["queued", "running", "failed", "received", "cancelled", "received"] as const).map(
    (state, at) => ({ state, at }),
  );
  expect(roundsOf({ ...run, changes: again })).toEqual([
    ...[
      { starts: 1, end: "failed" },
      { starts: 0, end: "cancelled" },
      { starts: 0, end: "received" },
    ],
  ]);
  expect(roundsOf(run)).toEqual([{ starts: 2, end: "succeeded" }]);
});

it("sees a call before its time, and a try that came too soon after another", () => {
  expect(calledTooSoon(task, run, [])).toBeNull();
  expect(calledTooSoon(task, run, [call(1, 990)])).toBe("was called 8 ms before its time");
  const tried = (...types: ("HttpError" | "Interrupted")[]) => ({
    ...run,
    ended: types.map((type, i) => failed(i + 1, type)),
  });
  const second = [call(1, 1_000), call(2, 1_080)];
  expect(calledTooSoon(task, tried("HttpError"), second)).toBeNull();
  const soon = [call(1, 1_000), call(2, 1_070)];
  expect(calledTooSoon(task, tried("HttpError"), soon)).toContain("tried again after 70 ms");
  expect(calledTooSoon(task, tried("Interrupted"), soon)).toBeNull();
  const third = [call(2, 2_000), call(3, 2_700)];
  expect(calledTooSoon(task, tried("HttpError", "HttpError"), third)).toContain("after 700 ms");
});

it("sees a report that was told to have ended the task, and has not", () => {
  const report = (event: ReportNote["event"], changed = true, round = 0): ReportNote => ({
    ...{ kind: "reported", taskid: "t", round, attempt: 2, at: 0, event, status: 200 },
    answer: JSON.stringify({ status: "success", retval: { task_id: "t", changed } }),
  });
  const ended = { ...run, result: { taskid: "t", round: 0, attempt: 2 } };
  expect(lostReport(ended, [report("task_completed"), report("task_completed", false)])).toBeNull();
  expect(lostReport(run, [report("task_completed", false)])).toBeNull();
  expect(lostReport(run, [report("task_completed", true, 1)])).toBeNull();
  expect(lostReport(run, [report("task_completed")])).toContain("is succeeded with null");
  expect(lostReport(ended, [report("task_failed")])).toContain("ended it as task_failed");
  const refused = { type: "RemoteError", message: REASON };
  expect(
    lostReport({ ...run, state: "failed", result: refused }, [report("task_failed")]),
  ).toBeNull();
  const twice = [report("task_completed"), report("task_completed")];
  expect(lostReport(ended, twice)).toBe("was ended by 2 reports");
});
