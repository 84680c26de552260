import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import { spendRates } from "./rate-buckets.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
const POLICY = { perSecond: 10, burst: 10 };

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  keys = await store.fresh();
});

const spend = async (sender: string, count: number, nowMs?: number) =>
  (await spendRates(redis, keys, POLICY, [{ sender, count }], nowMs))[0];

test("what is spent comes back with time, up to what may come at once", async () => {
  expect(await spend("a", 7, 1_000)).toBe(3);
  expect(await spend("a", 0, 1_200)).toBeCloseTo(5);
  expect(await spend("a", 6, 1_200)).toBeCloseTo(-1);
  expect(await spend("a", 0, 1_500)).toBeCloseTo(2);
  expect(await spend("a", 0, 9_000)).toBe(10);
  expect(await spend("b", 1, 1_000)).toBe(9);
});

test("a clock that goes back gives nothing and takes nothing, debts have a bottom", async () => {
  await spend("a", 10, 5_000);
  expect(await spend("a", 0, 1_000)).toBe(0);
  expect(await spend("a", 1_000_000, 1_000)).toBe(-40);
});

test("many senders in one call, each with its own; keys go by themselves", async () => {
  const senders = Array.from({ length: 1_000 }, (_, i) => ({ sender: `s${i}`, count: i % 11 }));
  const left = await spendRates(redis, keys, POLICY, senders);
  expect(left).toEqual(senders.map(({ count }) => 10 - count));
  const ttlMs = await redis.pttl(`${keys.ratePrefix}s10`);
  expect(ttlMs).toBeGreaterThan(1_000);
  expect(ttlMs).toBeLessThanOrEqual(2_000);
});

test("a full store keeps its limits", async () => {
  await redis.config("SET", "maxmemory", "1mb");
  try {
    expect(await spend("a", 4)).toBe(6);
  } finally {
    await redis.config("SET", "maxmemory", "0");
  }
});
