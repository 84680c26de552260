import { until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCatalogue, writeCatalogue } from "./catalogue.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";

let store: StoreUnderTest;
beforeAll(async () => {
  store = await startStore();
});
afterAll(() => store[Symbol.asyncDispose]());

async function freshKey(): Promise<string> {
  return (await store.fresh()).handlers;
}

const parsed = async (key: string) =>
  [...(await readCatalogue(store.redis, key))].map(([name, json]) => [name, JSON.parse(json)]);

test("nobody has written it: it is empty", async () => {
  expect(await parsed(await freshKey())).toEqual([]);
});

test("workers add to it, and the one that started last is believed", async () => {
  const { redis } = store;
  const key = await freshKey();
  await writeCatalogue(redis, key, "announce", { b: { version: 1 }, a: { version: 1 } });
  await writeCatalogue(redis, key, "announce", { b: { version: 2 }, c: { text: "two\nlines" } });
  // The older one is still there, and says so.
  await writeCatalogue(redis, key, "renew", { b: { version: 1 }, a: { version: 1 } });
  expect(await parsed(key)).toEqual([
    ["a", { version: 1 }],
    ["b", { version: 2 }],
    ["c", { text: "two\nlines" }],
  ]);
});

test("a worker that goes on brings back what was lost", async () => {
  const { redis } = store;
  const key = await freshKey();
  await writeCatalogue(redis, key, "renew", { a: { version: 1 } });
  expect(await parsed(key)).toEqual([["a", { version: 1 }]]);
});

test("a name that no worker has had for long is forgotten, what another version wrote is not", async () => {
  const { redis } = store;
  const key = await freshKey();
  await writeCatalogue(redis, key, "announce", { gone: {}, kept: {} });
  await redis.hset(key, "foreign", "{}");
  await until(
    async () => {
      await writeCatalogue(redis, key, "renew", { kept: {} }, 50);
      return (await readCatalogue(redis, key)).has("gone") === false;
    },
    { what: "the name to be forgotten" },
  );
  expect([...(await readCatalogue(redis, key)).keys()]).toEqual(["foreign", "kept"]);
});

test("a full store takes it all the same", async () => {
  const { redis } = store;
  const key = await freshKey();
  await redis.config("SET", "maxmemory", "1");
  try {
    await writeCatalogue(redis, key, "announce", { a: {} });
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
  expect(await parsed(key)).toEqual([["a", {}]]);
});
