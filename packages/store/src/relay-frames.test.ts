import { MAX_SNAPSHOT_TASKS } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import { takeLease } from "./lease.ts";
import { readSummary } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";
import { advanceRelay, readSnapshot } from "./relay-frames.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
let nextId = 0;

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  keys = await store.fresh();
  nextId = 0;
});

async function receive(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 500) {
    const group = Array.from({ length: Math.min(500, left) }, () =>
      encodeTask({ batchid: "b", id: nextId++, owner: "Ann", priority: "Major" }),
    );
    await commitTasks(redis, keys, group);
  }
}

async function advance(token: string) {
  const frame = await advanceRelay(redis, keys, token, 5_000);
  if (frame === null) throw new Error(`${token} does not hold the lease`);
  return frame;
}

test("frames follow one another without overlap or hole, also across owners", async () => {
  await takeLease(redis, keys.relayLease, "a", 5_000);
  const start = await advance("a");
  expect(start.cursor).toBe(start.from);
  await receive(3);
  const first = await advance("a");
  await receive(2);
  await redis.del(keys.relayLease);
  expect(await advanceRelay(redis, keys, "a", 5_000)).toBeNull();
  await takeLease(redis, keys.relayLease, "b", 5_000);
  const second = await advance("b");
  expect([first.from, second.from]).toEqual([start.cursor, first.cursor]);
  expect(first.tasks.map((task) => task.id)).toEqual([2, 1, 0]);
  expect(second.tasks.map((task) => task.id)).toEqual([4, 3]);
  expect(second.totals).toMatchObject({
    total: 5,
    byPriority: { Major: 5 },
    byState: { received: 5 },
  });
  expect(second.cursor).toBe((await readSummary(redis, keys)).cursor);
});

test("a frame's size is bounded: what it leaves out is told as a number", async () => {
  await takeLease(redis, keys.relayLease, "a", 5_000);
  await advance("a");
  await receive(200);
  const full = await advance("a");
  expect([full.tasks.length, full.skipped]).toEqual([200, 0]);
  await receive(1_234);
  const busy = await advance("a");
  expect(busy.tasks.length + busy.skipped).toBe(1_234);
  expect(busy.tasks.length).toBeLessThanOrEqual(200);
  expect(busy.tasks[0]?.id).toBe(1_433);
});

test("a snapshot holds everything there is, and its cursor is where the next frame begins", async () => {
  await takeLease(redis, keys.relayLease, "a", 5_000);
  await receive(2);
  const frame = await advance("a");
  await receive(1);
  const snapshot = await readSnapshot(redis, keys);
  expect(snapshot.summary).toMatchObject({ total: 3, cursor: frame.cursor, epoch: frame.epoch });
  expect(snapshot.tasks.map((task) => task.id)).toEqual([2, 1, 0]);
  expect((await advance("a")).from).toBe(snapshot.summary.cursor);
});

test("since a cursor: what was missed, and how much of it can't be replayed", async () => {
  await receive(5);
  const { cursor } = await readSummary(redis, keys);
  await receive(7);
  const some = await readSnapshot(redis, keys, cursor);
  expect(some.tasks.map((task) => task.id)).toEqual([11, 10, 9, 8, 7, 6, 5]);
  expect(some.gap).toBe(0);
  await receive(MAX_SNAPSHOT_TASKS);
  const many = await readSnapshot(redis, keys, cursor);
  expect(many.tasks.length).toBe(MAX_SNAPSHOT_TASKS);
  expect(many.gap).toBe(7);
});

test.each(["", "nonsense", "0123456789abcdef.5-0.5"])(
  "the cursor %j of nobody or another epoch starts afresh",
  async (cursor) => {
    await receive(3);
    const snapshot = await readSnapshot(redis, keys, cursor);
    expect(snapshot.tasks.length).toBe(3);
    expect(snapshot.gap).toBe(0);
  },
);
