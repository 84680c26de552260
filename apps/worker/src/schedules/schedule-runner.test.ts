import { randomBytes } from "node:crypto";
import {
  claimDueSchedules,
  encodeTask,
  GroupCommit,
  readTask,
  scheduledTask,
} from "@taskpulse/store";
import { captureServer, until } from "@taskpulse/test-kit";
import { generateSecret } from "@taskpulse/webhook";
import { expect, test } from "vitest";
import { runWorker } from "../fixtures/running-worker.ts";
import { startSchedulesUnderTest } from "../fixtures/schedules-under-test.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const START = Date.parse("2026-03-29T00:00:00Z");
const every = (seconds: number) => ({ every: seconds });
const times = (count: number, stepMs: number, fromMs = START) =>
  Array.from({ length: count }, (_, i) => fromMs + (i + 1) * stepMs);
const iso = (list: readonly number[]) => list.map((ms) => new Date(ms).toISOString());

test("a moment comes once, on time, and ends its schedule", async () => {
  await using schedules = await startSchedulesUnderTest();
  await schedules.runner();
  const atMs = Date.now() + 400;
  await schedules.create("a", { at: new Date(atMs).toISOString(), timezone: "UTC" });
  await until(async () => (await schedules.find("a")).state === "done");
  const view = await schedules.find("a");
  expect(view).toMatchObject({ runs: 1, missed_runs: 0, next_run_at: null });
  expect(view.recent).toMatchObject([{ at: new Date(atMs).toISOString(), why: "on_time" }]);
  expect(await schedules.made("a")).toEqual([atMs]);
  const lateMs = Date.parse(view.recent[0]?.fired_at ?? "") - atMs;
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(300);
});

test("the task of a schedule is run as any other", async () => {
  await using schedules = await startSchedulesUnderTest();
  await using remote = await captureServer();
  remote.answer({ body: { status: "success", retval: 100 } });
  const env = { WEBHOOK_SECRET: generateSecret(randomBytes) };
  await using worker = await runWorker(schedules.server.url, env);
  const { redis, keys } = schedules;
  await schedules.create("a", every(1), { task: { call: { url: remote.url, args: { x: 10 } } } });
  await remote.received(1);
  const [run] = await until(async () => {
    const { recent } = await schedules.find("a");
    return recent.length > 0 && recent;
  });
  const taskid = run?.taskid ?? "";
  await until(async () => (await readTask(redis, keys, taskid))?.state === "succeeded");
  expect(await readTask(redis, keys, taskid)).toMatchObject({
    ...{ result: 100, batchid: "schedule-a", id: run?.at },
    task: { raised_date: run?.at, scheduleid: "a" },
  });
  expect(await worker.metric("taskpulse_schedule_runs_total")).toBeGreaterThanOrEqual(1);
});

test("a runner that sleeps is woken by a schedule that is due earlier", async () => {
  await using schedules = await startSchedulesUnderTest();
  await schedules.create("far", every(3_600));
  await schedules.runner();
  const soon = new Date(Date.now() + 100).toISOString();
  await schedules.create("soon", { at: soon, timezone: "UTC" });
  await until(async () => (await schedules.find("soon")).state === "done");
  // From now on it sleeps for ten seconds.
  const dueMs = await schedules.create("near", every(1));
  await until(async () => (await schedules.made("near")).length > 0, { timeoutMs: 3_000 });
  expect((await schedules.made("near"))[0]).toBe(dueMs);
});

test("with a clock that is moved on, three runners make each run once, in order", async () => {
  await using schedules = await startSchedulesUnderTest();
  let clock = START;
  const nowMs = () => clock;
  const runners = await Promise.all([1, 2, 3].map(() => schedules.runner(nowMs)));
  const ids = Array.from({ length: 40 }, (_, i) => `s${i}`);
  for (const [i, id] of ids.entries()) {
    await schedules.create(id, every(1 + (i % 4)), { nowMs: START });
  }
  const secondsPast = 24;
  for (let second = 1; second <= secondsPast; second += 1) {
    clock = START + second * SECOND;
    for (const runner of runners) runner.lookNow();
    await until(async () => {
      const views = await Promise.all(ids.map((id) => schedules.find(id)));
      return views.every(({ next_run_at }) => Date.parse(next_run_at ?? "") > clock);
    });
  }
  for (const [i, id] of ids.entries()) {
    const step = 1 + (i % 4);
    expect(await schedules.made(id)).toEqual(times(secondsPast / step, step * SECOND));
    expect(await schedules.find(id)).toMatchObject({ runs: secondsPast / step, missed_runs: 0 });
  }
  // Nobody has tried what another had claimed.
  expect(await schedules.redis.hget(schedules.keys.totals, "duplicates")).toBeNull();
});

test("many that are due at the same moment are all made, by whoever is there", async () => {
  await using schedules = await startSchedulesUnderTest();
  let clock = START;
  const runners = await Promise.all([1, 2, 3].map(() => schedules.runner(() => clock)));
  const cron = { cron: "* * * * *", timezone: "Europe/Berlin" };
  const ids = Array.from({ length: 600 }, (_, i) => `s${i}`);
  await Promise.all(ids.map((id) => schedules.create(id, cron, { nowMs: START })));
  clock = START + MINUTE;
  for (const runner of runners) runner.lookNow();
  await until(async () => (await schedules.redis.xlen(schedules.keys.log)) >= ids.length);
  const views = await Promise.all(ids.map((id) => schedules.find(id)));
  await until(async () => (await schedules.find("s599")).runs === 1);
  expect(views.every(({ missed_runs }) => missed_runs === 0)).toBe(true);
  expect(await schedules.redis.xlen(schedules.keys.log)).toBe(ids.length);
});

test("who dies after the claim, or after the task is stored, is followed by another: once each", async () => {
  await using schedules = await startSchedulesUnderTest();
  const { redis, keys } = schedules;
  let clock = START;
  await schedules.create("claimed", every(60), { nowMs: START });
  await schedules.create("stored", every(60), { nowMs: START });
  clock = START + MINUTE;
  const dead = await claimDueSchedules(redis, keys, {
    ...{ nowMs: clock, forMs: 5_000, limit: 9, keepDoneMs: 0 },
  });
  expect(dead.schedules.length).toBe(2);
  const { task } = scheduledTask(
    "stored",
    { owner: "Ann Lee", priority: "Low" },
    { plannedMs: clock },
  );
  using commit = new GroupCommit(redis, keys);
  expect(await commit.add([encodeTask(task)])).toMatchObject({ digits: "0" });

  const runner = await schedules.runner(() => clock);
  clock += 5_000;
  runner.lookNow();
  for (const id of ["claimed", "stored"]) {
    await until(async () => (await schedules.find(id)).runs === 1);
    expect(await schedules.made(id)).toEqual([START + MINUTE]);
    expect(await schedules.find(id)).toMatchObject({ missed_runs: 0 });
  }
});

test("a run whose maker died is none of the missed ones, however late somebody looks", async () => {
  await using schedules = await startSchedulesUnderTest();
  const { redis, keys } = schedules;
  await schedules.create("a", every(60), { nowMs: START });
  const first = START + MINUTE;
  const { task, taskid } = scheduledTask(
    "a",
    { owner: "Ann Lee", priority: "Low" },
    { plannedMs: first },
  );
  using commit = new GroupCommit(redis, keys);
  await commit.add([encodeTask(task)]);
  await schedules.runner(() => START + 5 * MINUTE + 30 * SECOND);
  await until(async () => (await schedules.find("a")).runs === 2);
  expect(await schedules.find("a")).toMatchObject({
    missed_runs: 3,
    recent_missed: iso([START + 4 * MINUTE, START + 3 * MINUTE, START + 2 * MINUTE]),
    recent: [{ at: iso([START + 5 * MINUTE])[0] }, { at: iso([first])[0], taskid, why: "on_time" }],
  });
});

test("after a downtime `skip` tells exactly the missed runs, and the next is on time", async () => {
  await using schedules = await startSchedulesUnderTest();
  let clock = START;
  await schedules.create(
    "a",
    { cron: "*/10 * * * *", timezone: "Europe/Berlin" },
    { nowMs: START },
  );
  const before = await schedules.runner(() => clock);
  clock = START + 10 * MINUTE;
  before.lookNow();
  await until(async () => (await schedules.find("a")).runs === 1);
  await before[Symbol.asyncDispose]();

  // Over the gap in Berlin: at 1:00 UTC its clock jumps from 2:00 to 3:00, which costs no run.
  clock = START + 95 * MINUTE;
  const after = await schedules.runner(() => clock);
  await until(async () => (await schedules.find("a")).missed_runs === 8);
  const view = await schedules.find("a");
  expect(view).toMatchObject({ runs: 1, next_run_at: iso([START + 100 * MINUTE])[0] });
  expect(view.recent_missed).toEqual(iso(times(8, 10 * MINUTE, START + 10 * MINUTE)).reverse());
  clock = START + 100 * MINUTE;
  after.lookNow();
  await until(async () => (await schedules.find("a")).runs === 2);
  expect(await schedules.made("a")).toEqual([START + 10 * MINUTE, START + 100 * MINUTE]);
});

test("after a downtime `catch_up` runs each missed one once, in order, though several are at it", async () => {
  await using schedules = await startSchedulesUnderTest();
  await schedules.create("a", every(60), { nowMs: START, missed: "catch_up" });
  const clock = START + 700 * MINUTE + 30 * SECOND;
  await Promise.all([1, 2, 3].map(() => schedules.runner(() => clock)));
  await until(async () => (await schedules.find("a")).runs === 700);
  expect(await schedules.made("a")).toEqual(times(700, MINUTE));
  const view = await schedules.find("a");
  expect(view).toMatchObject({ missed_runs: 0, next_run_at: iso([START + 701 * MINUTE])[0] });
  expect(view.recent.map(({ why }) => why)).toEqual(["on_time", ...Array(19).fill("catch_up")]);
});

test("catching up is bounded: of 1,500 the newest 1,000 are run, the others told as missed", async () => {
  await using schedules = await startSchedulesUnderTest();
  await schedules.create("a", every(60), { nowMs: START, missed: "catch_up" });
  await schedules.runner(() => START + 1_500 * MINUTE);
  await until(async () => (await schedules.find("a")).runs === 1_000, { timeoutMs: 15_000 });
  expect(await schedules.find("a")).toMatchObject({ missed_runs: 500 });
  expect(await schedules.made("a")).toEqual(times(1_000, MINUTE, START + 500 * MINUTE));
});

test("after a restart of Redis the schedules go on, none twice", async () => {
  await using schedules = await startSchedulesUnderTest();
  await schedules.runner();
  await schedules.runner();
  const firstMs = await schedules.create("a", every(1));
  for (const way of ["killed", "ended", "nothing"]) {
    const seen = (await schedules.made("a")).length;
    await until(async () => (await schedules.made("a")).length > seen);
    if (way === "nothing") break;
    if (way === "killed") await schedules.server.kill();
    await schedules.server.restart();
    await until(() => schedules.redis.ping(), { what: "Redis to be back" });
  }
  const made = await schedules.made("a");
  const view = await schedules.find("a");
  const missed = view.recent_missed.map((at) => Date.parse(at));
  const all = [...made, ...missed].sort((a, b) => a - b);
  expect(all).toEqual(times(all.length, SECOND, firstMs - SECOND));
});

test("a task that the store can't take yet is made when it can", async () => {
  await using schedules = await startSchedulesUnderTest();
  await schedules.create("a", every(60), { nowMs: START });
  let clock = START;
  const runner = await schedules.runner(() => clock);
  await schedules.redis.config("SET", "maxmemory", "1");
  clock = START + MINUTE;
  runner.lookNow();
  await until(async () => (await schedules.redis.info("errorstats")).includes("OOM"));
  expect(await schedules.made("a")).toEqual([]);
  await schedules.redis.config("SET", "maxmemory", "0");
  clock += 5_000;
  runner.lookNow();
  await until(async () => (await schedules.find("a")).runs === 1);
  expect(await schedules.made("a")).toEqual([START + MINUTE]);
});
