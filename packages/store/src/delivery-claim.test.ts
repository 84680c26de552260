import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { releaseClaims, renewClaims } from "./delivery-claim.ts";
import { createDeliveries, DELIVERY_LIMITS } from "./delivery-create.ts";
import { readDelivery, readDeliveryPage } from "./delivery-read.ts";
import {
  claim,
  finish,
  newDelivery,
  newRequest,
  passTime,
  retryIn,
} from "./fixtures/deliveries.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import {
  createSubscription,
  removeSubscription,
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

const make = (...deliveries: ReturnType<typeof newDelivery>[]) =>
  createDeliveries(store.redis, keys, deliveries);
const take = (wish = {}) => claim(store.redis, keys, wish);
const read = (id: string) => readDelivery(store.redis, keys, id);
const ids = (claimed: { deliveryid: string }[]) => claimed.map(({ deliveryid }) => deliveryid);

test("what was made is claimed once, with its request and body, and is delivered", async () => {
  const request = newRequest({ headers: { "x-key": "secret" }, auth: ["user", "word"] });
  const delivery = newDelivery(request.url, { request });
  const entry = await store.redis.xadd(keys.ended, "*", "t", delivery.taskid);
  expect(await createDeliveries(store.redis, keys, [delivery], [entry ?? ""])).toEqual(["made"]);
  expect(await store.redis.xlen(keys.ended)).toBe(0);

  const { claimed } = await take();
  expect(claimed).toMatchObject([
    {
      deliveryid: delivery.deliveryid,
      taskid: delivery.taskid,
      tries: 0,
      total: 0,
      proven: false,
      request,
      body: delivery.body.text,
    },
  ]);
  expect((await take()).claimed).toEqual([]);
  for (const one of claimed) {
    expect(await finish(store.redis, keys, one)).toMatchObject({
      kind: "recorded",
      state: "delivered",
    });
  }
  const stored = await read(delivery.deliveryid);
  expect(stored).toMatchObject({ state: "delivered", tries: 1, last_status: 200, due_at: null });
  expect(stored?.request).toMatchObject({
    headers: ["x-key"],
    auth: true,
    body: delivery.body.text,
  });
  expect(JSON.stringify(stored)).not.toMatch(/secret|word/);
});

test("making the same again changes nothing, also while another worker does", async () => {
  const delivery = newDelivery();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => make(delivery, delivery)));
  expect(outcomes.flat().filter((outcome) => outcome === "made").length).toBe(1);
  const again = newDelivery(undefined, {
    ...delivery,
    body: { bodyid: delivery.body.bodyid, text: "other" },
  });
  expect(await make(again)).toEqual(["known"]);
  const { claimed } = await take();
  expect(claimed.map(({ body }) => body)).toEqual([delivery.body.text]);
  expect((await readDeliveryPage(store.redis, keys, { limit: 10 })).totals.pending).toBe(1);
});

test("a failed try is due again when it should be, and not before", async () => {
  const delivery = newDelivery();
  await make(delivery);
  const [first] = (await take()).claimed;
  if (first === undefined) throw new Error("nothing was claimed");
  await finish(store.redis, keys, first, retryIn(10_000));
  expect(await read(delivery.deliveryid)).toMatchObject({
    state: "pending",
    tries: 1,
    last_status: 500,
  });
  const waiting = await take();
  expect(waiting.claimed).toEqual([]);
  expect(waiting.nextInMs).toBeGreaterThan(9_000);
  expect(waiting.nextInMs).toBeLessThanOrEqual(10_000);
  await passTime(store.redis, keys, 10_000);
  expect((await take()).claimed).toMatchObject([{ tries: 1, total: 1 }]);
});

test("claims of a worker that went come back, others stay; a late outcome is fenced off", async () => {
  await make(newDelivery(), newDelivery());
  const [lost, kept] = (await take({ token: "dead" })).claimed;
  if (lost === undefined || kept === undefined) throw new Error("nothing was claimed");
  await passTime(store.redis, keys, 3_000);
  await renewClaims(store.redis, keys, [kept], 5_000);
  expect((await take({ token: "alive" })).claimed).toEqual([]);
  await passTime(store.redis, keys, 2_100);
  const { claimed } = await take({ token: "alive" });
  expect(ids(claimed)).toEqual([lost.deliveryid]);
  expect(await finish(store.redis, keys, lost)).toEqual({ kind: "lost" });
  expect(await finish(store.redis, keys, kept)).toMatchObject({ kind: "recorded" });
  for (const one of claimed) await finish(store.redis, keys, one);
  const stored = await read(lost.deliveryid);
  expect(stored).toMatchObject({ state: "delivered", tries: 2 });
  expect(stored?.attempts.map(({ error }) => error?.type)).toEqual(["Interrupted", undefined]);
});

test("a delivery that ten workers did not survive is given up", async () => {
  const delivery = newDelivery();
  await make(delivery);
  for (let i = 0; i < 10; i++) {
    expect((await take({ token: `w${i}` })).claimed.length).toBe(1);
    await passTime(store.redis, keys, 5_001);
  }
  expect((await take()).claimed).toEqual([]);
  expect(await read(delivery.deliveryid)).toMatchObject({
    state: "failed",
    why: "10 workers went away while they sent this",
  });
});

test("what a worker gives back is nobody's attempt, and due at once", async () => {
  await make(newDelivery());
  const { claimed } = await take({ token: "stops" });
  await releaseClaims(store.redis, keys, claimed);
  expect((await take()).claimed).toMatchObject([{ tries: 0, total: 0 }]);
});

test("endpoints take turns, however much waits for one of them", async () => {
  const many = Array.from({ length: 200 }, () => newDelivery("http://busy.example/"));
  await make(...many);
  await make(newDelivery("http://b.example/"), newDelivery("http://c.example/"));
  const { claimed } = await take({ most: 4 });
  expect(claimed.map(({ request }) => new URL(request.url).hostname).toSorted()).toEqual([
    ...["b.example", "busy.example", "busy.example", "c.example"],
  ]);
});

test("hundreds of endpoints with a backlog get as many turns each", async () => {
  const urls = Array.from({ length: 150 }, (_, i) => `http://h${i}.example/`);
  for (let round = 0; round < 3; round++) await make(...urls.map((url) => newDelivery(url)));
  const turns = new Map<string, number>();
  for (let i = 0; i < 15; i++) {
    const { claimed } = await take({ most: 10 });
    for (const one of claimed) {
      turns.set(one.request.url, (turns.get(one.request.url) ?? 0) + 1);
      await finish(store.redis, keys, one);
    }
  }
  expect([...turns.values()]).toEqual(Array(150).fill(1));
});

test("an endpoint gets two at a time until it has delivered, then ten", async () => {
  await make(...Array.from({ length: 30 }, () => newDelivery()));
  const [one, ...others] = (await take()).claimed;
  expect(others.length).toBe(1);
  if (one === undefined) throw new Error("nothing was claimed");
  await finish(store.redis, keys, one);
  expect((await take()).claimed.length).toBe(9);
  expect((await take()).claimed.length).toBe(0);
});

test("what failed last leaves room for what delivers", async () => {
  for (let i = 0; i < 20; i++) await make(newDelivery(`http://new${i}.example/`));
  await make(newDelivery("http://good.example/"));
  const { claimed } = await take({ mostUnproven: 100 });
  for (const one of claimed) await finish(store.redis, keys, one, retryIn(0));
  const good = claimed.find(({ request }) => request.url.includes("good"));
  if (good === undefined) throw new Error("nothing was claimed");
  await passTime(store.redis, keys, 1);
  const again = (await take({ mostUnproven: 100 })).claimed;
  for (const one of again) {
    await finish(store.redis, keys, one, one.request.url.includes("good") ? {} : retryIn(0));
  }
  await make(newDelivery("http://good.example/"));
  const { claimed: last } = await take({ mostUnproven: 5 });
  expect(last.filter(({ proven }) => proven).map(({ request }) => request.url)).toEqual([
    "http://good.example/",
  ]);
  expect(last.filter(({ proven }) => !proven).length).toBe(5);
});

test("without room for what failed last, it is not asked for again and again", async () => {
  for (let i = 0; i < 3; i++) await make(newDelivery(`http://new${i}.example/`));
  const { claimed, nextInMs } = await take({ mostUnproven: 0 });
  expect(claimed).toEqual([]);
  expect(nextInMs).toBeGreaterThan(100);
});

test("no more is handed out than fits, but always one", async () => {
  const text = "x".repeat(1_000);
  await make(
    ...Array.from({ length: 5 }, (_, i) =>
      newDelivery(`http://h${i}.example/`, { body: { bodyid: `big${i}`, text } }),
    ),
  );
  expect((await take({ mostChars: 2_000 })).claimed.length).toBe(2);
  expect((await take({ mostChars: 1 })).claimed.length).toBe(1);
});

test("what waits for a subscription that is disabled or gone is discarded", async () => {
  const record = {
    request: { url: "http://a.example/" },
    created: 1,
    secret: { version: 1, previousUntil: 0 },
  };
  await createSubscription(store.redis, keys, "gone", record);
  await createSubscription(store.redis, keys, "off", record);
  const of = (subscriptionid: string) => newDelivery(undefined, { subscriptionid });
  const [gone, off] = [of("gone"), of("off")];
  await make(gone, off);
  await removeSubscription(store.redis, keys, "gone");
  await switchSubscription(store.redis, keys, "off", "Disabled by hand.");
  expect((await take()).claimed).toEqual([]);
  expect(await read(gone.deliveryid)).toMatchObject({
    state: "discarded",
    why: "its subscription is gone",
  });
  expect(await read(off.deliveryid)).toMatchObject({
    state: "discarded",
    why: "its subscription is disabled",
  });
});

test("what waits is bounded per address: more is stored as failed, with why", async () => {
  const limits = { ...DELIVERY_LIMITS, perEndpoint: 3 };
  const many = Array.from({ length: 5 }, () => newDelivery());
  const outcomes = await createDeliveries(store.redis, keys, many, [], limits);
  expect(outcomes).toEqual(["made", "made", "made", "failed", "failed"]);
  expect(await read(many[4]?.deliveryid ?? "")).toMatchObject({
    state: "failed",
    why: "too much is waiting for this address already: 3 webhooks",
    tries: 0,
  });
  const other = newDelivery("http://b.example/");
  expect(await createDeliveries(store.redis, keys, [other], [], limits)).toEqual(["made"]);
});

test("when much waits in all, an address gets little more, and one whose queue is empty still does", async () => {
  const limits = { ...DELIVERY_LIMITS, perEndpoint: 200, inAll: 20 };
  const dead = Array.from({ length: 15 }, () => newDelivery("http://dead.example/"));
  const outcomes = await createDeliveries(store.redis, keys, dead, [], limits);
  expect(outcomes.filter((outcome) => outcome === "made").length).toBe(10);
  expect(
    await createDeliveries(store.redis, keys, [newDelivery("http://b.example/")], [], limits),
  ).toEqual(["made"]);
  const chars = { ...DELIVERY_LIMITS, charsPerEndpoint: 2_000 };
  const three = [1, 2, 3].map(() => newDelivery("http://c.example/"));
  expect(await createDeliveries(store.redis, keys, three, [], chars)).toEqual([
    "made",
    "made",
    "failed",
  ]);
});

test("a delivery that an open circuit held up for a day has failed", async () => {
  const delivery = newDelivery();
  await make(delivery);
  await passTime(store.redis, keys, 86_400_001);
  expect((await take()).claimed).toEqual([]);
  expect(await read(delivery.deliveryid)).toMatchObject({
    state: "failed",
    why: "the address was out of order for a day",
  });
});
