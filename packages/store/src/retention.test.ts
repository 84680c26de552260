import { until } from "@taskpulse/test-kit";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import { takeLease } from "./lease.ts";
import { readSummary, readTaskPage } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";
import { advanceRelay } from "./relay-frames.ts";
import { applyRetention, type RetentionPolicy } from "./retention.ts";
import { readTask } from "./task-detail.ts";
import { Transitions } from "./transitions.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
const DAY_MS = 86_400_000;

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  keys = await store.fresh();
  await takeLease(redis, keys.retentionLease, "me", 60_000);
});

const task = (id: number, owner = "Ann") =>
  encodeTask({ batchid: "b", id, owner, priority: "Low" });
const receive = (from: number, to: number) =>
  commitTasks(
    redis,
    keys,
    Array.from({ length: to - from }, (_, i) => task(from + i)),
  );

async function apply(policy: Partial<RetentionPolicy>): Promise<number> {
  let removed = 0;
  for (;;) {
    const whole = { maxTasks: 1_000_000, maxAgeMs: 7 * DAY_MS, rememberMs: 3_600_000, ...policy };
    const step = await applyRetention(redis, keys, "me", whole);
    if (step.kind === "notOurs") throw new Error("the lease is ours");
    removed += step.count;
    if (!step.more) return removed;
  }
}

test("the oldest go while there are too many, the totals stay, identities are remembered", async () => {
  await receive(0, 400);
  await receive(400, 800);
  await receive(800, 1_200);
  expect(await apply({ maxTasks: 100 })).toBe(1_100);
  expect(await redis.xlen(keys.log)).toBe(100);
  const page = await readTaskPage(redis, keys, { limit: 200 });
  expect(page.tasks.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => 1_199 - i));
  expect((await readSummary(redis, keys)).total).toBe(1_200);
  expect(await commitTasks(redis, keys, [task(0), task(0, "Bob"), task(1_199)])).toBe("121");
  expect((await readSummary(redis, keys)).total).toBe(1_200);
});

test("what is too old goes; once its identity need not be remembered, it is a new task", async () => {
  await receive(0, 10);
  expect(await apply({ maxAgeMs: DAY_MS })).toBe(0);
  await until(async () => (await apply({ maxAgeMs: 1, rememberMs: 60 })) > 0, { everyMs: 5 });
  await until(async () => (await redis.keys(`${keys.recordPrefix}*`)).length === 0);
  expect(await commitTasks(redis, keys, [task(0)])).toBe("0");
});

test("without the lease nothing is removed", async () => {
  await receive(0, 10);
  await takeLease(redis, keys.retentionLease, "me", 60_000);
  const policy = { maxTasks: 1, maxAgeMs: 1, rememberMs: 1 };
  expect(await applyRetention(redis, keys, "another", policy)).toEqual({ kind: "notOurs" });
  expect(await redis.xlen(keys.log)).toBe(10);
});

test("a full store makes room by itself: leases, retention and frames work there, too", async () => {
  await receive(0, 400);
  await redis.config("SET", "maxmemory", "1mb");
  try {
    await expect(receive(400, 401)).rejects.toThrow(/^OOM/);
    expect(await takeLease(redis, keys.retentionLease, "me", 60_000)).toBe(true);
    expect(await takeLease(redis, keys.relayLease, "me", 60_000)).toBe(true);
    expect((await advanceRelay(redis, keys, "me", 60_000))?.totals.total).toBe(400);
    expect(await apply({ maxTasks: 10 })).toBe(390);
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
});

test("what is still to be run leaves the lists and nothing else; once it has ended it goes with all it had", async () => {
  const run = (id: number) =>
    encodeTask({
      ...{ batchid: "b", id, owner: "Ann", priority: "Low" },
      call: { url: "http://127.0.0.1:9/" },
    });
  const [open, failed] = [run(1), run(2)];
  await commitTasks(redis, keys, [open, failed]);
  const transitions = new Transitions(redis, keys);
  for (const { taskid } of [failed]) {
    const place = await transitions.start(taskid, "worker", "job");
    if (place.kind !== "started") throw new Error(place.kind);
    const errorJson = '{"type":"RemoteError","message":"no"}';
    await transitions.finish({ taskid, ...place }, "{}", { kind: "failed", errorJson });
  }
  await apply({ maxTasks: 0 });
  expect((await readTaskPage(redis, keys, { limit: 10 })).tasks).toEqual([]);
  expect(await readTask(redis, keys, failed.taskid)).toBeNull();
  expect(await redis.exists(keys.runPrefix + failed.taskid, keys.dead)).toBe(0);
  expect(await readTask(redis, keys, open.taskid)).toMatchObject({ state: "received" });
  expect(await commitTasks(redis, keys, [open, failed])).toBe("11");
  const waits = encodeTask({
    ...{ batchid: "b", id: 3, owner: "Ann", priority: "Low" },
    call: { url: "http://127.0.0.1:9/" },
    after: [failed.taskid],
  });
  await commitTasks(redis, keys, [waits]);
  expect(await readTask(redis, keys, waits.taskid)).toMatchObject({ state: "failed" });
  await transitions.cancel(open.taskid);
  const left = await redis.pttl(keys.recordPrefix + open.taskid);
  expect(left).toBeGreaterThan(3_500_000);
});
