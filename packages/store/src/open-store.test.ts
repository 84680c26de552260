import { until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { openStore, STORE_FORMAT } from "./open-store.ts";

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
