import { expect, it } from "vitest";
import type { AskedSchedule } from "../load/schedule-load.ts";
import { compareSchedules, type StoredSchedule, scheduledRuns } from "./compare-schedules.ts";
import type { Stored } from "./stored.ts";

const PLANNED = [1_000, 2_000, 3_000];
const BATCH = "scheduled-5-0";

/** One schedule, whose first two runs were made, and whose last one was missed. */
function flawless() {
  const asked: AskedSchedule = {
    ...{ scheduleid: "s", batchid: BATCH, missed: "skip", planned: PLANNED },
  };
  return { asked, made: [1_000, 2_000], stored: { state: "done", runs: 2, missed: [3_000] } };
}

function judge(change: (site: ReturnType<typeof flawless>) => unknown = () => null) {
  const site = flawless();
  change(site);
  const schedules = new Map<string, StoredSchedule>([["s", site.stored]]);
  return compareSchedules([site.asked], schedules, storedWith(site.made));
}

function storedWith(made: readonly number[]): Stored {
  const records = made.map((ms) => {
    const id = `s/${new Date(ms).toISOString()}`;
    const record = { taskid: id, batchid: BATCH, id, owner: "o", priority: "Low" as const };
    return [id, record] as const;
  });
  const byPriority = { Low: 0, Moderate: 0, Major: 0, Critical: 0 };
  return { records: new Map(records), logged: new Map(), totals: { total: 0, byPriority } };
}

it("finds nothing where each run was made or told as missed", () => {
  expect(judge()).toEqual({ schedules: 1, planned: 3, made: 2, missed: 1, unkept: [] });
});

it.each([
  ["is gone", ({ asked }) => Object.assign(asked, { scheduleid: "other" }), "is unknown"],
  ["is not over", ({ stored }) => Object.assign(stored, { state: "active" }), "is active"],
  ["kept a run to itself", ({ stored }) => stored.missed.pop(), "missed [], planned"],
  ["made a run and told it as missed", ({ made }) => made.push(3_000), "counts 2 runs, made 3"],
  ["made what was not planned", ({ made }) => made.splice(0, 1, 1_500), "planned [00:00:01"],
  ["forgot to catch up", ({ asked }) => Object.assign(asked, { missed: "catch_up" }), "has missed"],
] as const satisfies [string, (site: ReturnType<typeof flawless>) => unknown, string][])(
  "finds a schedule that %s",
  (_what, change, text) => {
    const { unkept } = judge(change);
    expect(unkept.join("\n")).toContain(text);
  },
);

it("expects every task that a schedule has made to be run, and no other", () => {
  const { asked, made } = flawless();
  expect(scheduledRuns([asked], storedWith(made))).toHaveLength(2);
  expect(scheduledRuns([{ ...asked, batchid: "other" }], storedWith(made))).toEqual([]);
});
