import type { ScheduleRun, Timing, UnnamedTask } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import { encodeTask } from "./record.ts";
import { advanceSchedule, claimDueSchedules, isRunMade, recordManualRun } from "./schedule-fire.ts";
import { scheduleNewsChannel } from "./schedule-keys.ts";
import { readSchedule, readSchedulePage, readScheduleTemplate } from "./schedule-read.ts";
import { scheduledTask } from "./schedule-record.ts";
import { createSchedule, deleteSchedule, pauseSchedule, resumeSchedule } from "./schedule-state.ts";

let store: StoreUnderTest;
let redis: Redis;
beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
const template: UnnamedTask = { owner: "Ann Lee", priority: "Low", colour: "red" };

interface Order {
  timing?: Timing;
  createdMs?: number;
  nextMs?: number;
  task?: UnnamedTask;
  most?: number;
}

function create(keys: Keys, scheduleid: string, order: Order = {}) {
  const { timing = { every: 60 }, createdMs = NOW, task = template, most } = order;
  const plan = { name: null, timing, missed: "skip" as const, createdMs };
  const nextMs = order.nextMs ?? createdMs + 60_000;
  return createSchedule(redis, keys, { scheduleid, plan, task, nextMs }, most);
}

const claim = (keys: Keys, nowMs: number, limit = 10) =>
  claimDueSchedules(redis, keys, { nowMs, forMs: 5_000, limit, keepDoneMs: WEEK });
const claimed = async (keys: Keys, nowMs: number) =>
  (await claim(keys, nowMs)).schedules.map(({ scheduleid }) => scheduleid);

function run(atMs: number, taskid = "t"): ScheduleRun {
  const at = new Date(atMs).toISOString();
  return { at, fired_at: at, taskid, why: "on_time" };
}

function advance(keys: Keys, scheduleid: string, fromMs: number, nextMs: number | null) {
  const step = { scheduleid, fromMs, nextMs, cutoffMs: null, runs: [run(fromMs)], missed: [] };
  return advanceSchedule(redis, keys, step, fromMs + 5);
}

test("a new schedule is shown as it was asked for, and tells whoever waits for it", async () => {
  const keys = await store.fresh();
  const listener = new Redis(store.server.url);
  const heard: string[] = [];
  listener.on("message", (_channel, message: string) => heard.push(message));
  await listener.subscribe(scheduleNewsChannel(keys));
  expect(await create(keys, "a", { task: { ...template, nested: { x: [1] } } })).toBe("created");
  await until(() => heard.length > 0);
  listener.disconnect();
  expect(heard).toEqual([String(NOW + 60_000)]);
  expect(await readSchedule(redis, keys, "a")).toEqual({
    ...{ scheduleid: "a", name: null, every: 60, missed: "skip", state: "active" },
    task: { ...template, nested: { x: [1] } },
    created_at: new Date(NOW).toISOString(),
    next_run_at: new Date(NOW + 60_000).toISOString(),
    ...{ last_run_at: null, ended_at: null, runs: 0, missed_runs: 0 },
    ...{ recent: [], recent_missed: [] },
  });
  expect(await create(keys, "a", { timing: { every: 5 } })).toBe("exists");
  expect(await readSchedule(redis, keys, "a")).toMatchObject({ every: 60 });
  expect(await readSchedule(redis, keys, "none")).toBeNull();
  expect(await readScheduleTemplate(redis, keys, "none")).toBeNull();
});

test("a task keeps numbers that no double holds", async () => {
  const keys = await store.fresh();
  const exact = (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON;
  await create(keys, "a", { task: { ...template, args: { n: exact("12345678901234567890") } } });
  const shown = JSON.stringify(await readSchedule(redis, keys, "a"));
  expect(shown).toContain('"n":12345678901234567890');
  const [due] = (await claim(keys, NOW + 60_000)).schedules;
  expect(JSON.stringify(due?.task)).toContain('"n":12345678901234567890');
});

test("what is due is claimed by one, and by another when that one is not heard of again", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  await create(keys, "b", { nextMs: NOW + 2 * HOUR });
  expect(await claim(keys, NOW + 59_999)).toEqual({
    ...{ schedules: [], broken: [], nearestMs: NOW + 60_000 },
  });
  const first = await claim(keys, NOW + 60_000);
  expect(first).toMatchObject({ schedules: [{ scheduleid: "a" }], nearestMs: NOW + 65_000 });
  expect(first.schedules[0]?.place).toMatchObject({ nextMs: NOW + 60_000, cutoffMs: null });
  expect(await claimed(keys, NOW + 60_000)).toEqual([]);
  expect(await claimed(keys, NOW + 64_999)).toEqual([]);
  expect(await claimed(keys, NOW + 65_000)).toEqual(["a"]);
});

test("of two who have made the same run, one moves the schedule on", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  const due = NOW + 60_000;
  await claim(keys, due);
  await claim(keys, due + 5_000);
  expect(await advance(keys, "a", due, due + 60_000)).toBe(true);
  expect(await advance(keys, "a", due, due + 60_000)).toBe(false);
  expect(await readSchedule(redis, keys, "a")).toMatchObject({
    runs: 1,
    recent: [run(due)],
    last_run_at: new Date(due + 5).toISOString(),
    next_run_at: new Date(due + 60_000).toISOString(),
  });
  expect(await claimed(keys, due + 59_999)).toEqual([]);
  expect(await claimed(keys, due + 60_000)).toEqual(["a"]);
});

test("runs and missed runs are counted in full, and the newest are listed", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  const fromMs = NOW + 60_000;
  const runs = Array.from({ length: 30 }, (_, i) => run(fromMs + i));
  const missed = Array.from({ length: 250 }, (_, i) => fromMs + i);
  const step = { scheduleid: "a", fromMs, nextMs: fromMs + HOUR, cutoffMs: fromMs, runs, missed };
  expect(await advanceSchedule(redis, keys, step, NOW)).toBe(true);
  const view = await readSchedule(redis, keys, "a");
  expect(view).toMatchObject({ runs: 30, missed_runs: 250 });
  expect(view?.recent).toEqual(runs.slice(-20).reverse());
  expect(view?.recent_missed.length).toBe(100);
  expect(view?.recent_missed[0]).toBe(new Date(fromMs + 249).toISOString());
  const [again] = (await claim(keys, fromMs + HOUR)).schedules;
  expect(again?.place.cutoffMs).toBe(fromMs);
});

test("after its last run a schedule is done, and is removed after a week", async () => {
  const keys = await store.fresh();
  const at = NOW + 60_000;
  await create(keys, "a", { timing: { at: new Date(at).toISOString(), timezone: "UTC" } });
  await create(keys, "b", { nextMs: at + 10 * WEEK });
  await claim(keys, at);
  expect(await advance(keys, "a", at, null)).toBe(true);
  expect(await readSchedule(redis, keys, "a")).toMatchObject({
    ...{ state: "done", next_run_at: null, ended_at: new Date(at + 5).toISOString() },
  });
  expect(await claimed(keys, at + HOUR)).toEqual([]);
  for (const change of [
    pauseSchedule(redis, keys, "a"),
    resumeSchedule(redis, keys, "a", at + HOUR, at),
  ]) {
    expect(await change).toEqual({ kind: "refused", state: "done" });
  }
  await claim(keys, at + WEEK);
  expect(await readSchedule(redis, keys, "a")).not.toBeNull();
  await claim(keys, at + WEEK + 5);
  expect(await readSchedule(redis, keys, "a")).toBeNull();
  expect((await redis.keys(`${keys.schedulePrefix}*:a`)).length).toBe(0);
  expect(await readSchedule(redis, keys, "b")).not.toBeNull();
});

test("a paused schedule is not due, and goes on from when it is resumed", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  expect(await pauseSchedule(redis, keys, "a")).toEqual({ kind: "changed" });
  expect(await pauseSchedule(redis, keys, "a")).toEqual({ kind: "changed" });
  expect(await readSchedule(redis, keys, "a")).toMatchObject({
    ...{ state: "paused", next_run_at: null },
  });
  expect(await claimed(keys, NOW + HOUR)).toEqual([]);
  const next = NOW + 2 * HOUR;
  expect(await resumeSchedule(redis, keys, "a", next, NOW)).toEqual({ kind: "changed" });
  // A second one, later, finds it active and leaves it alone.
  expect(await resumeSchedule(redis, keys, "a", next + HOUR, NOW)).toEqual({ kind: "changed" });
  expect(await readSchedule(redis, keys, "a")).toMatchObject({
    ...{ state: "active", next_run_at: new Date(next).toISOString(), missed_runs: 0 },
  });
  expect(await claimed(keys, next)).toEqual(["a"]);
  for (const change of [
    pauseSchedule(redis, keys, "none"),
    resumeSchedule(redis, keys, "none", next, NOW),
  ]) {
    expect(await change).toEqual({ kind: "unknown" });
  }
});

test("a schedule that has no run left when it is resumed is done", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  await pauseSchedule(redis, keys, "a");
  await resumeSchedule(redis, keys, "a", null, NOW + HOUR);
  expect(await readSchedule(redis, keys, "a")).toMatchObject({ state: "done" });
});

test("a run that was under way when its schedule was paused is told, and the pause stays", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  const due = NOW + 60_000;
  await claim(keys, due);
  await pauseSchedule(redis, keys, "a");
  expect(await advance(keys, "a", due, due + 60_000)).toBe(true);
  expect(await readSchedule(redis, keys, "a")).toMatchObject({ state: "paused", runs: 1 });
  expect(await claimed(keys, due + HOUR)).toEqual([]);
});

test("a deleted schedule is gone, also for who is at it", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  await claim(keys, NOW + 60_000);
  expect(await deleteSchedule(redis, keys, "a")).toBe(true);
  expect(await deleteSchedule(redis, keys, "a")).toBe(false);
  expect(await advance(keys, "a", NOW + 60_000, NOW + 120_000)).toBe(false);
  await recordManualRun(redis, keys, "a", run(NOW), NOW);
  expect(await redis.keys(`${keys.schedulePrefix}*`)).toEqual([]);
});

test("a run by hand is told and moves nothing", async () => {
  const keys = await store.fresh();
  await create(keys, "a");
  const manual = { ...run(NOW), why: "manual" as const };
  await recordManualRun(redis, keys, "a", manual, NOW);
  expect(await readSchedule(redis, keys, "a")).toMatchObject({
    ...{ runs: 1, recent: [manual], next_run_at: new Date(NOW + 60_000).toISOString() },
  });
});

test("there are at most so many; one that is done makes room", async () => {
  const keys = await store.fresh();
  expect(await create(keys, "a", { most: 2 })).toBe("created");
  expect(await create(keys, "b", { most: 2 })).toBe("created");
  expect(await create(keys, "c", { most: 2 })).toBe("full");
  await claim(keys, NOW + 60_000);
  await advance(keys, "b", NOW + 60_000, null);
  expect(await create(keys, "c", { most: 2 })).toBe("created");
  const { schedules } = await readSchedulePage(redis, keys, { limit: 10 });
  expect(schedules.map(({ scheduleid }) => scheduleid)).toEqual(["c", "a"]);
});

test("pages list the newest first, by state, also of one millisecond", async () => {
  const keys = await store.fresh();
  const ids = Array.from({ length: 25 }, (_, i) => `s${String(i).padStart(2, "0")}`);
  for (const [i, id] of ids.entries()) {
    await create(keys, id, { createdMs: NOW + Math.floor(i / 10) });
    if (i % 2) await pauseSchedule(redis, keys, id);
  }
  for (const [state, wanted] of [
    [undefined, ids],
    ["paused" as const, ids.filter((_, i) => i % 2)],
    ["done" as const, []],
  ] as const) {
    const listed: string[] = [];
    let before: string | undefined;
    for (let pages = 0; pages < 20; pages += 1) {
      const page = await readSchedulePage(redis, keys, { state, before, limit: 4 });
      expect(page.schedules.length).toBeLessThanOrEqual(4);
      listed.push(...page.schedules.map(({ scheduleid }) => scheduleid));
      if (page.before === null) break;
      before = page.before;
      // Deleting what the next page is asked with does not lose the place.
      if (pages === 1 && state === undefined) {
        await deleteSchedule(redis, keys, listed.at(-1) ?? "");
      }
    }
    const reached = [...wanted].reverse();
    expect(listed).toEqual(state === "paused" ? reached.filter((id) => id !== "s17") : reached);
  }
});

test("the task of a run has one identity, however often it is made", async () => {
  const keys = await store.fresh();
  const made = scheduledTask("a", template, { plannedMs: NOW });
  const at = new Date(NOW).toISOString();
  expect(made.task).toEqual({
    ...template,
    ...{ batchid: "schedule-a", id: at, raised_date: at, scheduleid: "a" },
  });
  expect(await isRunMade(redis, keys, made.taskid)).toBe(false);
  const encoded = encodeTask(made.task);
  expect(await commitTasks(redis, keys, [encoded, encoded])).toBe("01");
  expect(await isRunMade(redis, keys, made.taskid)).toBe(true);

  const own = { ...template, batchid: "mine", id: 5 };
  expect(scheduledTask("a", own, { plannedMs: NOW }).task).toMatchObject({
    ...{ batchid: "mine", id: `a/${at}` },
  });
  const manual = scheduledTask("a", template, { manualId: "x", askedMs: NOW });
  expect(manual.task).toMatchObject({ id: "manual-x", raised_date: at });
});

test("a full store takes no new schedule, but lets those that are there go on and end", async () => {
  await using full = await startStore();
  const keys = await full.fresh();
  const plan = { name: null, timing: { every: 60 }, missed: "skip" as const, createdMs: NOW };
  const order = { plan, task: template, nextMs: NOW };
  await createSchedule(full.redis, keys, { ...order, scheduleid: "a" });
  await full.redis.config("SET", "maxmemory", "1");
  await expect(createSchedule(full.redis, keys, { ...order, scheduleid: "b" })).rejects.toThrow(
    /^OOM/,
  );
  const options = { nowMs: NOW, forMs: 5_000, limit: 1, keepDoneMs: WEEK };
  expect((await claimDueSchedules(full.redis, keys, options)).schedules.length).toBe(1);
  const step = { scheduleid: "a", fromMs: NOW, nextMs: NOW + 1, cutoffMs: null };
  expect(await advanceSchedule(full.redis, keys, { ...step, runs: [], missed: [NOW] }, NOW)).toBe(
    true,
  );
  expect(await pauseSchedule(full.redis, keys, "a")).toEqual({ kind: "changed" });
  expect(await resumeSchedule(full.redis, keys, "a", NOW, NOW)).toEqual({ kind: "changed" });
  expect(await deleteSchedule(full.redis, keys, "a")).toBe(true);
});
