import { MAX_SUBSCRIPTIONS } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createDeliveries } from "./delivery-create.ts";
import { waitForDeliveryNews } from "./delivery-outbox.ts";
import { readDestinationVersions, showDestinationSecret } from "./destination-store.ts";
import { newDelivery } from "./fixtures/deliveries.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import {
  changeSubscription,
  createSubscription,
  readSubscription,
  readSubscriptions,
  readSubscriptionVersion,
  removeSubscription,
  type SubscriptionRecord,
  switchSubscription,
} from "./subscription-store.ts";

let store: StoreUnderTest;
let keys: Keys;

beforeAll(async () => {
  store = await startStore();
});
beforeEach(async () => {
  keys = await store.fresh();
});
afterAll(() => store[Symbol.asyncDispose]());

const record: SubscriptionRecord = {
  request: { url: "http://a.example/" },
  created: 5,
  secret: { version: 1, previousUntil: 0 },
};
const create = (id: string, fields = {}) =>
  createSubscription(store.redis, keys, id, { ...record, ...fields });

test("subscriptions are kept, changed, switched and removed; each change raises the version", async () => {
  expect(await create("one")).toBe(true);
  expect(await create("two", { created: 4 })).toBe(true);
  expect((await readSubscriptions(store.redis, keys)).map((s) => s.subscriptionid)).toEqual([
    "two",
    "one",
  ]);
  const before = await readSubscriptionVersion(store.redis, keys);
  const changed = await changeSubscription(store.redis, keys, "one", (old) => ({
    ...old,
    request: { ...old.request, name: "Ops" },
  }));
  expect(changed?.request.name).toBe("Ops");
  expect(await switchSubscription(store.redis, keys, "one", "By hand.")).toBe(true);
  expect(await switchSubscription(store.redis, keys, "one", "Again.")).toBe(true);
  expect((await readSubscription(store.redis, keys, "one"))?.disabled?.why).toBe("By hand.");
  expect(await switchSubscription(store.redis, keys, "one", null)).toBe(true);
  expect((await readSubscription(store.redis, keys, "one"))?.disabled).toBeNull();
  expect(await removeSubscription(store.redis, keys, "one")).toBe(true);
  expect(await readSubscriptionVersion(store.redis, keys)).toBe(before + 5);
  expect(await removeSubscription(store.redis, keys, "one")).toBe(false);
  expect(await switchSubscription(store.redis, keys, "one", null)).toBe(false);
  expect(await readSubscription(store.redis, keys, "one")).toBeNull();
  expect(await changeSubscription(store.redis, keys, "one", (old) => old)).toBeNull();
});

test("changes at the same time all count", async () => {
  await create("one");
  await Promise.all(
    Array.from({ length: 10 }, () =>
      changeSubscription(store.redis, keys, "one", (old) => ({ ...old, created: old.created + 1 })),
    ),
  );
  expect((await readSubscription(store.redis, keys, "one"))?.created).toBe(15);
});

test("there is a limit to how many there are", async () => {
  const fill = store.redis.pipeline();
  for (let i = 0; i < MAX_SUBSCRIPTIONS; i++)
    fill.hset(keys.subscriptions, `s${i}`, JSON.stringify(record));
  await fill.exec();
  expect(await create("more")).toBe(false);
});

test("a destination's secret is shown once; a new one takes its place", async () => {
  const show = (overlapMs?: number) =>
    showDestinationSecret(
      store.redis,
      keys,
      "http://a.example/",
      overlapMs === undefined ? undefined : { overlapMs },
    );
  expect(await show()).toEqual({ kind: "now", secret: { version: 1, previousUntil: 0 } });
  expect(await show()).toMatchObject({ kind: "shown", at: expect.any(Number) });
  expect(await readDestinationVersions(store.redis, keys)).toEqual(new Map());
  const rotated = await show(60_000);
  expect(rotated).toMatchObject({ kind: "now", secret: { version: 2 } });
  expect(await show(60_000)).toMatchObject({ kind: "now", secret: { version: 3 } });
  const versions = await readDestinationVersions(store.redis, keys);
  expect(versions.get("http://a.example/")?.version).toBe(3);
  expect(versions.get("http://a.example/")?.previousUntil).toBeGreaterThan(Date.now() + 50_000);
});

test("whoever waits hears of ended tasks, if it wants to, and of what is due", async () => {
  const blocking = store.redis.duplicate();
  try {
    await until(() => blocking.status === "ready");
    const wait = (most: number, forMs: number, wakeId = "0-0") =>
      waitForDeliveryNews(blocking, keys, { wakeId, most, forMs });
    expect(await wait(10, 1)).toEqual({ ended: [], wakeId: "0-0", woken: false });
    const soon = wait(10, 5_000);
    await store.redis.xadd(keys.ended, "*", "t", "task1");
    await store.redis.xadd(keys.ended, "*", "t", "task2");
    expect((await soon).ended[0]).toMatchObject({ taskid: "task1" });
    // They stay until their deliveries are made.
    const { ended } = await wait(10, 5_000);
    expect(ended.map(({ taskid }) => taskid)).toEqual(["task1", "task2"]);
    expect((await wait(0, 1)).ended).toEqual([]);
    await createDeliveries(
      store.redis,
      keys,
      [newDelivery()],
      ended.map(({ entryId }) => entryId),
    );
    const news = await wait(10, 5_000);
    expect(news).toMatchObject({ ended: [], woken: true });
    expect((await wait(10, 1, news.wakeId)).woken).toBe(false);
  } finally {
    blocking.disconnect();
  }
});
