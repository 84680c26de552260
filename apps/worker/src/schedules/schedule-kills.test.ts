import { randomBytes } from "node:crypto";
import { pauseSchedule, readSchedulePage } from "@taskpulse/store";
import { until } from "@taskpulse/test-kit";
import { generateSecret } from "@taskpulse/webhook";
import { expect, test } from "vitest";
import {
  type SchedulesUnderTest,
  startSchedulesUnderTest,
} from "../fixtures/schedules-under-test.ts";
import { startWorkerProcess, type WorkerProcess } from "../fixtures/worker-process.ts";

const SECOND = 1_000;
const env = { WEBHOOK_SECRET: generateSecret(randomBytes) };

/** Every second from the first to the last of what was run or missed, and so nothing twice. */
async function expectWhole(schedules: SchedulesUnderTest, id: string, firstMs: number) {
  const made = await schedules.made(id);
  const view = await schedules.find(id);
  const missed = view.recent_missed.map((at) => Date.parse(at));
  const all = [...made, ...missed].sort((a, b) => a - b);
  expect(all).toEqual(all.map((_, i) => firstMs + i * SECOND));
  return { made, missed, view };
}

test.concurrent("three workers, one after the other killed: every second is run once", async () => {
  await using schedules = await startSchedulesUnderTest();
  await using stack = new AsyncDisposableStack();
  const start = async () => stack.use(await startWorkerProcess(schedules.server.url, env));
  const workers: WorkerProcess[] = await Promise.all([start(), start(), start()]);
  const ids = ["a", "b", "c"];
  const firsts = await Promise.all(ids.map((id) => schedules.create(id, { every: 1 })));
  for (let kills = 0; kills < 6; kills += 1) {
    const seen = (await schedules.made("a")).length;
    await until(async () => (await schedules.made("a")).length > seen);
    await workers.shift()?.signal("SIGKILL");
    workers.push(await start());
  }
  for (const [i, id] of ids.entries()) {
    const { missed } = await expectWhole(schedules, id, firsts[i] ?? 0);
    expect(missed).toEqual([]);
  }
}, 60_000);

test.concurrent("after all were killed, exactly what was missed is told, or made up for", async () => {
  await using schedules = await startSchedulesUnderTest();
  const { redis, keys, server } = schedules;
  await using worker = await startWorkerProcess(server.url, env);
  const skipFrom = await schedules.create("skip", { every: 1 });
  const catchFrom = await schedules.create("catch", { every: 1 }, { missed: "catch_up" });
  const atMs = Date.now() + 8 * SECOND;
  await schedules.create("soon", { at: new Date(atMs).toISOString(), timezone: "UTC" });
  await schedules.create("paused", { every: 1 });
  await pauseSchedule(redis, keys, "paused");
  await schedules.create("far", { cron: "0 0 1 1 *", timezone: "Europe/Berlin" });
  await until(async () => (await schedules.made("skip")).length >= 2);
  await worker.signal("SIGKILL");

  await server.kill();
  await server.restart();
  await until(() => redis.ping(), { what: "Redis to be back" });
  const { schedules: found } = await readSchedulePage(redis, keys, { limit: 10 });
  expect(found.map(({ scheduleid, state }) => `${scheduleid} ${state}`).sort()).toEqual([
    ...["catch active", "far active", "paused paused", "skip active", "soon active"],
  ]);
  const downSince = Date.parse((await schedules.find("skip")).next_run_at ?? "");
  await until(() => Date.now() > downSince + 14 * SECOND, { timeoutMs: 20_000 });

  await using _again = await startWorkerProcess(server.url, env);
  for (const id of ["skip", "catch"]) {
    await until(async () => Date.parse((await schedules.find(id)).next_run_at ?? "") > Date.now(), {
      timeoutMs: 15_000,
    });
  }
  const skipped = await expectWhole(schedules, "skip", skipFrom);
  expect(skipped.missed.length).toBeGreaterThanOrEqual(4);
  expect(skipped.view.missed_runs).toBe(skipped.missed.length);
  // The first of them may have been made by the worker when it was killed.
  expect([downSince, downSince + SECOND]).toContain(Math.min(...skipped.missed));
  const caught = await expectWhole(schedules, "catch", catchFrom);
  expect(caught.missed).toEqual([]);
  // Less than a minute late, and no other run after it.
  expect(await schedules.find("soon")).toMatchObject({ state: "done", runs: 1, missed_runs: 0 });
  expect(await schedules.made("soon")).toEqual([atMs]);
  expect(await schedules.made("paused")).toEqual([]);
}, 60_000);
