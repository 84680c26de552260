import { PRIORITIES, type Task } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { taskidOf } from "./identity.ts";
import type { Keys } from "./keys.ts";
import { readForward, readTaskPage, type TaskQuery } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";
import { readSnapshot } from "./relay-frames.ts";
import { readTask } from "./task-detail.ts";
import { readLastLogId, waitForNews } from "./wait-for-news.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
const COUNT = 1_300;

const tasks = Array.from({ length: COUNT }, (_, id): Task => {
  const priority = PRIORITIES[id % 4] ?? "Low";
  return {
    batchid: `batch-${Math.floor(id / 100)}`,
    id,
    owner: id === 77 ? "Zoë Álvarez" : "Ann",
    priority,
  };
});

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
  keys = await store.fresh();
  for (let i = 0; i < COUNT; i += 100) {
    await commitTasks(
      redis,
      keys,
      tasks.slice(i, i + 100).map((task) => encodeTask(task, "msg_9")),
    );
  }
});
afterAll(() => store[Symbol.asyncDispose]());

async function readAll(query: TaskQuery): Promise<(number | string)[]> {
  const ids: (number | string)[] = [];
  let before = query.before;
  for (let page = 0; page < 200; page++) {
    const answer = await readTaskPage(redis, keys, { ...query, before });
    expect(answer.tasks.length).toBeLessThanOrEqual(query.limit);
    ids.push(...answer.tasks.map((task) => task.id));
    if (answer.before === null) return ids;
    before = answer.before;
  }
  throw new Error("the pages never end");
}

const idsOf = (keep: (task: Task) => boolean) =>
  tasks
    .filter(keep)
    .map((task) => task.id)
    .reverse();

test.each([1, 50, 200])("pages of %i hold every task once, newest first", async (limit) => {
  const few = limit === 1 ? { batchid: "batch-3" } : {};
  const expected = limit === 1 ? idsOf((task) => task.batchid === "batch-3") : idsOf(() => true);
  expect(await readAll({ ...few, limit })).toEqual(expected);
});

test("filters by priority, batch, text and taskid, alone and together", async () => {
  expect(await readAll({ priority: "Critical", limit: 60 })).toEqual(
    idsOf((task) => task.priority === "Critical"),
  );
  expect(await readAll({ batchid: "batch-2", priority: "Low", limit: 60 })).toEqual(
    idsOf((task) => task.batchid === "batch-2" && task.priority === "Low"),
  );
  expect(await readAll({ q: "zoë", limit: 60 })).toEqual([77]);
  expect(await readAll({ q: "ÁLVAREZ".toLowerCase(), limit: 60 })).toEqual([]);
  expect(await readAll({ q: taskidOf("batch-5", 555), limit: 60 })).toEqual([555]);
  expect(await readAll({ q: "msg_9", limit: 60 })).toEqual([]);
  expect(await readAll({ batchid: "batch", limit: 60 })).toEqual([]);
  expect(await readAll({ state: "failed", limit: 60 })).toEqual([]);
});

test("one task in full, or null", async () => {
  const taskid = taskidOf("batch-0", 3);
  expect(await readTask(redis, keys, taskid)).toMatchObject({
    taskid,
    id: 3,
    state: "received",
    webhook_id: "msg_9",
    task: tasks[3],
    timeline: [{ event: "received" }],
  });
  expect(await readTask(redis, keys, taskidOf("batch-0", "3"))).toBeNull();
});

test("reading forward gives each task once, in the order of arrival", async () => {
  const seen: unknown[] = [];
  for (let at = "0-0"; ; ) {
    const part = await readForward(redis, keys, at, 500);
    if (part.length === 0) break;
    at = part.at(-1)?.logId ?? at;
    seen.push(...part.map(({ json }) => JSON.parse(json ?? "null").id));
  }
  expect(seen).toEqual(tasks.map((task) => task.id));
});

test("waiting for news ends at once when there is some", async () => {
  const blocking = redis.duplicate();
  await new Promise((resolve) => blocking.once("ready", resolve));
  const last = await readLastLogId(redis, keys);
  expect(await waitForNews(blocking, keys, { logId: last }, 20)).toBe(false);
  const waiting = waitForNews(blocking, keys, { logId: last }, 10_000);
  const late = encodeTask({ batchid: "late", id: 0, owner: "Ann", priority: "Low" });
  await commitTasks(redis, keys, [late]);
  expect(await waiting).toBe(true);
  blocking.disconnect();
});

test("large tasks: pages, searches and messages take small bites", async () => {
  const large = await store.fresh();
  const description = "x".repeat(1_000_000);
  for (let id = 0; id < 60; id++) {
    const fields = { batchid: "large", id, owner: "Ann", priority: "Low" as const, description };
    await commitTasks(redis, large, [
      encodeTask(id === 5 ? { ...fields, a_note: "needle" } : fields),
    ]);
  }
  await redis.config("RESETSTAT");
  const page = await readTaskPage(redis, large, { limit: 200 });
  expect(page.tasks.length).toBe(60);
  const found: unknown[] = [];
  let before: string | undefined;
  do {
    const part = await readTaskPage(redis, large, { q: "NEEDLE", limit: 50, before });
    found.push(...part.tasks.map(({ id }) => id));
    before = part.before ?? undefined;
  } while (before !== undefined);
  expect(found).toEqual([5]);
  expect((await readForward(redis, large, "0-0", 500)).length).toBe(1);
  expect((await readSnapshot(redis, large)).tasks.length).toBe(60);
  // Redis does nothing else meanwhile: no single call may take long.
  const calls = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(await redis.info("commandstats"));
  expect(Number(calls?.[2]) / Number(calls?.[1])).toBeLessThan(20_000);
  expect(Number(calls?.[1])).toBeGreaterThan(12);
});
