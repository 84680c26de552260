import { until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { openStore, STORE_FORMAT } from "./open-store.ts";
import { readSummary } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";
import { readTask } from "./task-detail.ts";

const CALL = { url: "http://127.0.0.1:9/" };

let store: StoreUnderTest;

beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test("the epoch is made once and stays, also over a restart of Redis", async () => {
  const keys = await store.fresh();
  const first = await openStore(store.redis, keys);
  await store.server.restart();
  await until(async () => (await store.redis.ping()) === "PONG");
  expect(await openStore(store.redis, keys)).toEqual(first);
  const other = await store.fresh();
  expect(await openStore(store.redis, other)).not.toEqual(first);
});

test.each([
  [STORE_FORMAT + 1, /newer version/],
  [0, /no migration/],
])("data of format %i is refused with a sentence", async (format, sentence) => {
  const keys = await store.fresh();
  await store.redis.hset(keys.meta, "format", format);
  const opened = await openStore(store.redis, keys);
  expect(opened).toMatchObject({ kind: "refused", sentence: expect.stringMatching(sentence) });
  expect(await store.redis.hget(keys.meta, "format")).toBe(String(format));
});

test("data of the first format is taken over, its tasks recorded as they were, and new ones are run", async () => {
  const keys = await store.fresh();
  const old = encodeTask({ batchid: "b", id: 1, owner: "Ann", priority: "Low", call: CALL });
  // As the first format wrote it: nothing says that the task is run.
  const logId = await store.redis.xadd(keys.log, "*", "r", old.entry.slice(0, 31));
  await store.redis.set(keys.recordPrefix + old.taskid, `${logId}\n${old.tail}`);
  await store.redis.hset(keys.totals, { total: 1, p0: 1, "s:received": 1, last: String(logId) });
  await store.redis.hset(keys.meta, "format", 1);
  expect(await openStore(store.redis, keys)).toMatchObject({ kind: "open" });
  expect(await store.redis.hget(keys.meta, "format")).toBe(String(STORE_FORMAT));
  const recent = encodeTask({ batchid: "b", id: 2, owner: "Ann", priority: "Low", call: CALL });
  expect(await commitTasks(store.redis, keys, [old, recent])).toBe("10");
  expect(await readTask(store.redis, keys, old.taskid)).toMatchObject({
    state: "received",
    runnable: false,
  });
  const { byState, total } = await readSummary(store.redis, keys);
  expect({ total, received: byState.received }).toEqual({ total: 2, received: 2 });
});
