import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createDeliveries, type NewDelivery } from "./delivery-create.ts";
import { endpointOf } from "./delivery-keys.ts";
import { keepDeliveries } from "./delivery-prune.ts";
import { readDelivery, readDeliveryPage } from "./delivery-read.ts";
import {
  cancelReplayJob,
  createReplayJob,
  listReplayJobs,
  readReplayJob,
  replayDelivery,
  stepReplayJob,
} from "./delivery-replay.ts";
import { claim, finish, newDelivery, passTime, retryIn } from "./fixtures/deliveries.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";

let store: StoreUnderTest;
let keys: Keys;

beforeAll(async () => {
  store = await startStore();
});
beforeEach(async () => {
  keys = await store.fresh();
});
afterAll(() => store[Symbol.asyncDispose]());

const failed = { next: { kind: "failed", why: "HTTP 500" }, reached: "answered", status: 500 };
const page = (query = {}) => readDeliveryPage(store.redis, keys, { limit: 50, ...query });
const KEEP = { deliveries: 1_000, chars: 1_000_000, ageMs: 60_000, endpoints: 1_000 };
const keep = (limits = {}) => keepDeliveries(store.redis, keys, { ...KEEP, ...limits });
const openJobs = async () => (await keep()).openJobs;
const listed = async (query = {}) => (await page(query)).deliveries.map((d) => d.deliveryid);

/** Makes them and lets each fail for good. */
async function deadLetters(deliveries: NewDelivery[]) {
  await createDeliveries(store.redis, keys, deliveries);
  for (;;) {
    const { claimed } = await claim(store.redis, keys);
    if (claimed.length === 0) break;
    for (const one of claimed) {
      // So that the circuit stays closed.
      await finish(store.redis, keys, one, { ...failed, reached: "delivered" } as never);
    }
  }
  return deliveries;
}

async function runJob(jobid: string) {
  const steps = [];
  for (;;) {
    const step = await stepReplayJob(store.redis, keys, jobid);
    steps.push(step);
    if (step !== "more") return steps;
  }
}

test("a replay sends the same id and body, with all its tries, and goes on counting", async () => {
  const [delivery] = await deadLetters([newDelivery()]);
  if (delivery === undefined) throw new Error("none was made");
  expect(await readDelivery(store.redis, keys, delivery.deliveryid)).toMatchObject({
    state: "failed",
    why: "HTTP 500",
  });
  expect(await replayDelivery(store.redis, keys, delivery.deliveryid)).toBe("queued");
  expect(await replayDelivery(store.redis, keys, "unknown-0")).toBe("unknown");
  const [again] = (await claim(store.redis, keys)).claimed;
  expect(again).toMatchObject({
    deliveryid: delivery.deliveryid,
    body: delivery.body.text,
    request: delivery.request,
    tries: 0,
    total: 1,
  });
  if (again === undefined) throw new Error("nothing was claimed");
  await finish(store.redis, keys, again);
  expect(await readDelivery(store.redis, keys, delivery.deliveryid)).toMatchObject({
    state: "delivered",
    why: null,
    tries: 2,
    replays: 1,
  });
  expect((await page()).totals).toEqual({ pending: 0, delivered: 1, failed: 0, discarded: 0 });
});

test("one that waits for its next try is due at once", async () => {
  const delivery = newDelivery();
  await createDeliveries(store.redis, keys, [delivery]);
  for (const one of (await claim(store.redis, keys)).claimed) {
    await finish(store.redis, keys, one, retryIn(60_000));
  }
  expect(await replayDelivery(store.redis, keys, delivery.deliveryid)).toBe("queued");
  expect((await claim(store.redis, keys)).claimed).toMatchObject([{ tries: 1 }]);
});

test("a job replays what fits its filter, once, and tells how far it is", async () => {
  const other = "http://other.example/hook";
  const mine = Array.from({ length: 250 }, () => newDelivery());
  await deadLetters([...mine, ...Array.from({ length: 250 }, () => newDelivery(other))]);
  const filter = { state: "failed", endpoint: endpointOf(other).endpointid } as const;
  expect(await createReplayJob(store.redis, keys, "job1", filter)).toBe("created");
  expect(await openJobs()).toEqual(["job1"]);
  expect(await stepReplayJob(store.redis, keys, "job1")).toBe("more");
  expect(await readReplayJob(store.redis, keys, "job1")).toMatchObject({
    ...{ state: "running", total: 500, looked: 200, replayed: 0, ended_at: null },
  });
  // What fails again meanwhile is not looked at twice.
  expect(await stepReplayJob(store.redis, keys, "job1")).toBe("more");
  const { claimed } = await claim(store.redis, keys);
  for (const one of claimed) await finish(store.redis, keys, one, failed as never);
  expect(await runJob("job1")).toEqual(["done"]);
  expect(await readReplayJob(store.redis, keys, "job1")).toMatchObject({
    ...{ state: "done", looked: 500, replayed: 250, refused: 0 },
  });
  expect((await page()).totals).toMatchObject({
    pending: 250 - claimed.length,
    failed: 250 + claimed.length,
  });
  expect(await openJobs()).toEqual([]);
  expect((await listReplayJobs(store.redis, keys)).map(({ jobid }) => jobid)).toEqual(["job1"]);
});

test("a job that is cancelled goes no further", async () => {
  await deadLetters(Array.from({ length: 250 }, () => newDelivery()));
  await createReplayJob(store.redis, keys, "job4", { state: "failed" });
  expect(await stepReplayJob(store.redis, keys, "job4")).toBe("more");
  expect(await cancelReplayJob(store.redis, keys, "job4")).toBe("cancelled");
  expect(await stepReplayJob(store.redis, keys, "job4")).toBe("done");
  expect(await readReplayJob(store.redis, keys, "job4")).toMatchObject({
    state: "cancelled",
    looked: 200,
  });
  expect(await openJobs()).toEqual([]);
  expect(await cancelReplayJob(store.redis, keys, "job4")).toBe("cancelled");
  expect(await cancelReplayJob(store.redis, keys, "none")).toBe("unknown");
});

test("two workers that step the same job replay nothing twice", async () => {
  await deadLetters(Array.from({ length: 450 }, () => newDelivery()));
  await createReplayJob(store.redis, keys, "job2", { state: "failed" });
  await Promise.all([runJob("job2"), runJob("job2"), runJob("job2")]);
  expect(await readReplayJob(store.redis, keys, "job2")).toMatchObject({
    looked: 450,
    replayed: 450,
  });
  expect((await page({ state: "pending" })).deliveries[0]).toMatchObject({ replays: 1 });
});

test("what can't be sent is counted as refused", async () => {
  await deadLetters([newDelivery()]);
  const orphan = newDelivery(undefined, { subscriptionid: "gone" });
  await createDeliveries(store.redis, keys, [orphan]);
  expect((await claim(store.redis, keys)).claimed).toEqual([]);
  await createReplayJob(store.redis, keys, "job3", { state: "discarded" });
  await runJob("job3");
  expect(await readReplayJob(store.redis, keys, "job3")).toMatchObject({ replayed: 0, refused: 1 });
});

test("no more than twenty jobs run at a time", async () => {
  const made = [];
  for (let i = 0; i < 21; i++) {
    made.push(await createReplayJob(store.redis, keys, `j${i}`, { state: "failed" }));
  }
  expect(made.filter((each) => each === "created").length).toBe(20);
  expect(made.at(-1)).toBe("tooMany");
  expect(await createReplayJob(store.redis, keys, "j0", { state: "failed" })).toBe("created");
  expect(await createReplayJob(store.redis, keys, "j0", { state: "delivered" })).toBe("other");
  expect(await runJob("j0")).toEqual(["done"]);
  expect(await createReplayJob(store.redis, keys, "j21", { state: "failed" })).toBe("created");
});

test("deliveries are listed newest first, in pages, by state, task, subscription and endpoint", async () => {
  const taskid = `a${"0".repeat(25)}`;
  const own = newDelivery("http://own.example/", { deliveryid: `${taskid}-0`, taskid });
  const subscribed = newDelivery("http://sub.example/", {
    ...{ deliveryid: `${taskid}-0-sub1`, taskid, subscriptionid: "sub1", body: own.body },
  });
  await createDeliveries(store.redis, keys, [own]);
  const many = Array.from({ length: 700 }, () => newDelivery());
  await createDeliveries(store.redis, keys, many);
  await createDeliveries(store.redis, keys, [subscribed]);
  const all: string[] = [];
  let before: string | undefined;
  do {
    const next = await page({ before });
    all.push(...next.deliveries.map(({ deliveryid }) => deliveryid));
    before = next.before ?? undefined;
  } while (before !== undefined);
  const ids = [own, ...many, subscribed].map(({ deliveryid }) => deliveryid).toReversed();
  expect(all).toEqual(ids);
  expect(await listed({ taskid })).toEqual([subscribed.deliveryid, own.deliveryid]);
  expect(await listed({ taskid, limit: 1 })).toEqual([subscribed.deliveryid]);
  const rest = await page({ taskid, limit: 1 });
  expect(await listed({ taskid, before: rest.before })).toEqual([own.deliveryid]);
  expect(await listed({ subscriptionid: "sub1" })).toEqual([subscribed.deliveryid]);
  const { endpointid } = endpointOf("http://own.example/");
  expect(await listed({ endpoint: endpointid })).toEqual([own.deliveryid]);
  expect(await listed({ state: "delivered" })).toEqual([]);
});

test("what came to rest is forgotten by count, size and age; the body with its last delivery", async () => {
  const body = { bodyid: "shared", text: "x".repeat(1_000) };
  const [first, second] = [1, 2].map(() => newDelivery(undefined, { body }));
  if (first === undefined || second === undefined) throw new Error("none was made");
  await deadLetters([first]);
  await deadLetters([second]);
  const waiting = newDelivery();
  await createDeliveries(store.redis, keys, [waiting]);
  const prune = async (limits = {}) => (await keep(limits)).removed;
  expect(await prune()).toBe(0);
  expect(await prune({ deliveries: 1 })).toBe(1);
  expect(await listed()).toEqual([waiting.deliveryid, second.deliveryid]);
  expect(await readDelivery(store.redis, keys, second.deliveryid)).toMatchObject({
    request: { body: body.text },
  });
  await passTime(store.redis, keys, 59_000);
  expect(await prune()).toBe(0);
  await passTime(store.redis, keys, 1_001);
  expect(await prune()).toBe(1);
  expect(await store.redis.exists(`${keys.deliveryPrefix}b:shared`)).toBe(0);
  await deadLetters([newDelivery()]);
  expect(await prune({ chars: 10 })).toBe(2);
  expect(await listed()).toEqual([]);
});

test("nothing of forgotten deliveries is left, and what is held is counted exactly", async () => {
  await deadLetters(Array.from({ length: 30 }, (_, i) => newDelivery(`http://h${i % 4}.example/`)));
  await createReplayJob(store.redis, keys, "again", { state: "failed" });
  await runJob("again");
  const { claimed } = await claim(store.redis, keys);
  for (const one of claimed) await finish(store.redis, keys, one);
  const nothing = { deliveries: 0, chars: 0, ageMs: 0, endpoints: 0 };
  let removed = 0;
  do removed = (await keep(nothing)).removed;
  while (removed > 0);
  expect((await page()).totals.delivered).toBe(0);
  for (;;) {
    const rest = await claim(store.redis, keys);
    if (rest.claimed.length === 0) break;
    for (const one of rest.claimed) await finish(store.redis, keys, one);
  }
  await keep(nothing);
  expect((await page()).totals).toEqual({ pending: 0, delivered: 0, failed: 0, discarded: 0 });
  const totals = await store.redis.hgetall(`${keys.deliveryPrefix}totals`);
  expect(totals).toMatchObject({
    "bytes:pending": "0",
    "bytes:delivered": "0",
    "bytes:failed": "0",
  });
  const left = await store.redis.keys(`${keys.deliveryPrefix}*`);
  expect(
    left
      .map((key) => key.slice(keys.deliveryPrefix.length))
      .filter((key) => !key.startsWith("o:"))
      .toSorted(),
  ).toEqual([...["j:again", "jobs", "totals", "wake"]]);
});
