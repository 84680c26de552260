import { setTimeout as sleep } from "node:timers/promises";
import type { Task } from "@taskpulse/contract";
import { tcpProxy, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { type CommitOutcome, GroupCommit } from "./group-commit.ts";
import type { Keys } from "./keys.ts";
import { readSummary } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  keys = await store.fresh();
});

function tasks(count: number, fields: Partial<Task> = {}) {
  return Array.from({ length: count }, (_, id) =>
    encodeTask({ batchid: "b", id, owner: "Ann", priority: "Low", ...fields }),
  );
}

async function scriptCalls(): Promise<number> {
  const stats = await redis.info("commandstats");
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

const durable = (digits: string): CommitOutcome => ({ kind: "durable", digits });

test("everything of one turn of the event loop is one script call", async () => {
  using commit = new GroupCommit(redis, keys);
  await commit.add(tasks(1));
  const before = await scriptCalls();
  const outcomes = await Promise.all(tasks(100).map((task) => commit.add([task])));
  expect(await scriptCalls()).toBe(before + 1);
  expect(outcomes.map((outcome) => outcome.kind === "durable" && outcome.digits).join("")).toBe(
    `1${"0".repeat(99)}`,
  );
  expect(await readSummary(redis, keys)).toMatchObject({ total: 100, byPriority: { Low: 100 } });
});

test("a request larger than a group is answered once, in its own order", async () => {
  using commit = new GroupCommit(redis, keys);
  await commit.add(tasks(600).filter((_, index) => index % 3 === 0));
  const expected = Array.from({ length: 1_000 }, (_, i) =>
    i % 3 === 0 && i < 600 ? "1" : "0",
  ).join("");
  expect(await commit.add(tasks(1_000))).toEqual(durable(expected));
  expect((await readSummary(redis, keys)).total).toBe(1_000);
});

test("large tasks are split by size and all stored", async () => {
  using commit = new GroupCommit(redis, keys);
  const large = tasks(40, { description: "x".repeat(10_000) });
  expect(await commit.add(large)).toEqual(durable("0".repeat(40)));
  expect((await readSummary(redis, keys)).total).toBe(40);
});

test("a repeat counts as a duplicate, one with other fields as a conflict, the first stays", async () => {
  using commit = new GroupCommit(redis, keys);
  const [first] = tasks(1);
  const [other] = tasks(1, { owner: "Bob" });
  if (first === undefined || other === undefined) throw new Error("no tasks");
  expect(await commit.add([first, first, other])).toEqual(durable("012"));
  expect(await redis.get(keys.recordPrefix + first.taskid)).toContain('"owner":"Ann"');
  expect(await redis.hmget(keys.totals, "total", "duplicates", "conflicts")).toEqual([
    "1",
    "2",
    "1",
  ]);
});

test("many concurrent repeats of overlapping arrays count once", async () => {
  using one = new GroupCommit(redis, keys);
  const second = new Redis(store.server.url);
  using two = new GroupCommit(second, keys);
  const all = tasks(300);
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => (i % 2 ? one : two).add(all.slice(i * 4, i * 4 + 100))),
  );
  second.disconnect();
  const summary = await readSummary(redis, keys);
  expect(summary.total).toBe(300);
  expect(await redis.xlen(keys.log)).toBe(300);
});

test("a frozen Redis: told within two seconds, nothing piles up, and it goes on by itself", async () => {
  using commit = new GroupCommit(redis, keys, { maxWaitingTasks: 50 });
  // Timers go off in the order of their times, however busy the machine is.
  const add = (count: number) =>
    Promise.race([commit.add(tasks(count)), sleep(2_000, { kind: "late" }, { ref: false })]);
  await store.server.kill("SIGSTOP");
  try {
    const first = add(1);
    await until(() => commit.waitingTasks === 0);
    const second = add(2);
    await until(() => commit.waitingTasks === 0);
    const third = add(50);
    expect(await commit.add(tasks(1))).toEqual({ kind: "overloaded" });
    for (const outcome of [first, second, third]) expect((await outcome).kind).toBe("unavailable");
    expect(commit.waitingTasks).toBe(0);
  } finally {
    await store.server.kill("SIGCONT");
  }
  await until(async () => (await commit.add(tasks(3))).kind === "durable");
  expect((await readSummary(redis, keys)).total).toBe(3);
});

test("Redis killed and started again: refused at once meanwhile, then it goes on", async () => {
  using commit = new GroupCommit(redis, keys);
  expect(await commit.add(tasks(5))).toEqual(durable("00000"));
  await store.server.kill("SIGKILL");
  await until(async () => (await commit.add(tasks(6))).kind === "unavailable");
  await store.server.restart();
  await until(async () => (await commit.add(tasks(6))).kind === "durable");
  expect((await readSummary(redis, keys)).total).toBe(6);
});

test("the answer to a commit is lost on the way: refused, stored all the same, and counted once", async () => {
  await using proxy = await tcpProxy({ target: store.server.url });
  const client = new Redis(`redis://${proxy.host}`, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  });
  client.on("error", () => {
    // Cutting it is what this test does.
  });
  await until(() => client.status === "ready");
  using commit = new GroupCommit(client, keys);
  await commit.add(tasks(1));
  proxy.delay(150);
  const pending = commit.add(tasks(20));
  await until(async () => (await readSummary(redis, keys)).total === 20);
  proxy.cut();
  expect((await pending).kind).toBe("unavailable");
  proxy.delay(0);
  proxy.heal();
  const again = await until(async () => {
    const outcome = await commit.add(tasks(20));
    return outcome.kind === "durable" ? outcome : null;
  });
  expect(again).toEqual(durable("1".repeat(20)));
  expect((await readSummary(redis, keys)).total).toBe(20);
  client.disconnect();
});

test("a full Redis refuses, forgets nothing, and takes tasks again once there is room", async () => {
  using commit = new GroupCommit(redis, keys);
  expect(await commit.add(tasks(1))).toEqual(durable("0"));
  await redis.config("SET", "maxmemory", "1mb");
  try {
    expect(await commit.add(tasks(5))).toEqual({ kind: "full" });
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
  expect(await commit.add(tasks(5))).toEqual(durable("10000"));
});

test("one recorded task with four fields costs Redis less than 450 bytes, log entry included", async () => {
  using commit = new GroupCommit(redis, keys);
  const memory = async () => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  const batch = (start: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      encodeTask({
        batchid: "2f1c9a52-5b1e-4a53-9d9b-3f8a3b1c7d10",
        id: start + i,
        owner: "Jennifer Mile",
        priority: "Critical",
      }),
    );
  const before = await memory();
  for (let start = 0; start < 40_000; start += 1_000) await commit.add(batch(start, 1_000));
  const perTask = ((await memory()) - before) / 40_000;
  expect(perTask).toBeGreaterThan(100);
  expect(perTask).toBeLessThan(450);
});
