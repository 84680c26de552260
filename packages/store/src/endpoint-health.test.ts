import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ClaimedDelivery } from "./delivery-claim.ts";
import { createDeliveries } from "./delivery-create.ts";
import { endpointOf } from "./delivery-keys.ts";
import { replayDelivery } from "./delivery-replay.ts";
import { enableEndpoint, readEndpoint, readEndpointPage } from "./endpoint-read.ts";
import { claim, finish, newDelivery, passTime, retryIn, silence } from "./fixtures/deliveries.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import type { Keys } from "./keys.ts";
import { createSubscription, readSubscription } from "./subscription-store.ts";

const URL_A = "http://a.example/hook";

let store: StoreUnderTest;
let keys: Keys;

beforeAll(async () => {
  store = await startStore();
});
beforeEach(async () => {
  keys = await store.fresh();
});
afterAll(() => store[Symbol.asyncDispose]());

const make = (url: string, count = 1) =>
  createDeliveries(
    store.redis,
    keys,
    Array.from({ length: count }, () => newDelivery(url)),
  );
const take = async () => (await claim(store.redis, keys)).claimed;
const end = (one: ClaimedDelivery, ending = {}) => finish(store.redis, keys, one, ending);
const look = (url = URL_A) => readEndpoint(store.redis, keys, endpointOf(url).endpointid);

/** Lets `count` tries in a row end so, on whatever is claimed; the news of each. */
async function failures(count: number, ending = retryIn(0)) {
  const news: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const [one] = (await claim(store.redis, keys, { most: 1 })).claimed;
    if (one === undefined) throw new Error(`nothing was claimed after ${i} failures`);
    const outcome = await end(one, ending);
    news.push(outcome?.kind === "recorded" ? outcome.news : outcome?.kind);
    await passTime(store.redis, keys, 1);
  }
  return news;
}

test("five failures in a row open the circuit for 5 s; then one probe goes out, and closes it", async () => {
  await make(URL_A, 20);
  expect(await look()).toMatchObject({ circuit: "closed", pending: 20, failures: 0 });
  expect(await failures(5)).toEqual([null, null, null, null, "opened"]);
  expect(await take()).toEqual([]);
  expect(await look()).toMatchObject({ circuit: "open", failures: 5, last_status: 500 });
  await passTime(store.redis, keys, 4_900);
  expect(await take()).toEqual([]);
  await passTime(store.redis, keys, 200);
  const [probe, ...others] = await take();
  expect(others).toEqual([]);
  expect(await look()).toMatchObject({ circuit: "half_open", in_flight: 1 });
  expect(await take()).toEqual([]);
  if (probe === undefined) throw new Error("no probe");
  expect(await end(probe)).toMatchObject({ news: "closed" });
  expect(await look()).toMatchObject({ circuit: "closed", failures: 0, open_until: null });
  expect((await take()).length).toBe(10);
});

test("a probe that fails opens it for twice as long, at most a minute", async () => {
  await make(URL_A, 20);
  await failures(5);
  for (const openMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    await passTime(store.redis, keys, openMs - 100);
    expect(await take()).toEqual([]);
    await passTime(store.redis, keys, 101);
    expect(await failures(1)).toEqual([null]);
  }
});

test("a probe whose worker goes away is followed by another one", async () => {
  await make(URL_A, 20);
  await failures(5);
  await passTime(store.redis, keys, 5_001);
  expect((await take()).length).toBe(1);
  await passTime(store.redis, keys, 5_001);
  expect((await take()).length).toBe(1);
});

test("an answer in between begins the count anew", async () => {
  await make(URL_A, 20);
  await failures(4);
  await failures(1, { status: 200, next: { kind: "delivered" }, reached: "delivered" } as never);
  await failures(4);
  expect(await look()).toMatchObject({ circuit: "closed", failures: 4 });
});

test("one path of a host that fails does not close the host", async () => {
  await make("http://a.example/dead", 20);
  await failures(5, silence(0));
  await make("http://a.example/live");
  expect((await take()).map(({ request }) => request.url)).toEqual(["http://a.example/live"]);
});

test("five addresses of a host without an answer close the host; one answer opens it again", async () => {
  for (let i = 0; i < 8; i++) await make(`http://dead.example/${i}`);
  const claimed = await take();
  expect(claimed.length).toBe(8);
  const news = [];
  for (const one of claimed) {
    const outcome = await end(one, silence(0));
    news.push(outcome?.kind === "recorded" ? outcome.news : null);
  }
  expect(news.filter((each) => each === "originOpened").length).toBe(1);
  await passTime(store.redis, keys, 10);
  await make("http://dead.example/new");
  await make("http://other.example/");
  const elsewhere = await take();
  expect(elsewhere.map(({ request }) => request.url)).toEqual(["http://other.example/"]);
  for (const one of elsewhere) await end(one);
  expect(await look("http://dead.example/new")).toMatchObject({ circuit: "open" });
  await passTime(store.redis, keys, 5_001);
  const [probe, ...others] = await take();
  expect(others).toEqual([]);
  if (probe === undefined) throw new Error("no probe");
  await end(probe, retryIn(60_000));
  await passTime(store.redis, keys, 60_000);
  expect((await take()).length).toBe(9);
});

test("an answer of any address of a host begins the count of silent ones anew", async () => {
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) await make(`http://flaky.example/${round}-${i}`);
    const claimed = await take();
    expect(claimed.length).toBe(4);
    for (const one of claimed) await end(one, silence(3_600_000));
    await make(`http://flaky.example/answers-${round}`);
    const [answers] = await take();
    if (answers === undefined) throw new Error("the host is closed");
    await end(answers, retryIn(3_600_000));
  }
});

test("Retry-After holds up the whole endpoint, for five minutes at most", async () => {
  await make(URL_A, 5);
  const [one] = (await claim(store.redis, keys, { most: 1 })).claimed;
  if (one === undefined) throw new Error("nothing was claimed");
  await end(one, { ...retryIn(3_600_000), status: 429, pauseMs: 3_600_000 });
  expect(await take()).toEqual([]);
  await passTime(store.redis, keys, 299_000);
  expect(await take()).toEqual([]);
  await passTime(store.redis, keys, 1_001);
  expect((await take()).length).toBe(2);
});

test("410 to a task's own webhook: nothing more is sent there until somebody says so", async () => {
  await make(URL_A);
  const [one] = await take();
  if (one === undefined) throw new Error("nothing was claimed");
  const gone = { status: 410, next: { kind: "disable", why: "gone" }, reached: "answered" };
  expect(await end(one, gone)).toMatchObject({ state: "failed", news: "gone" });
  expect(await look()).toMatchObject({ circuit: "gone" });
  expect(await make(URL_A)).toEqual(["failed"]);
  expect(await make("http://a.example/other")).toEqual(["made"]);
  const { endpointid } = endpointOf(URL_A);
  expect(await enableEndpoint(store.redis, keys, endpointid)).toBe(true);
  expect(await enableEndpoint(store.redis, keys, "unknown")).toBe(false);
  expect(await make(URL_A)).toEqual(["made"]);
});

test("a replay to an address that was gone is sent, and brings it back when it arrives", async () => {
  const delivery = newDelivery(URL_A);
  await createDeliveries(store.redis, keys, [delivery]);
  const [one] = await take();
  if (one === undefined) throw new Error("nothing was claimed");
  await end(one, { status: 410, next: { kind: "disable", why: "gone" }, reached: "answered" });
  expect(await replayDelivery(store.redis, keys, delivery.deliveryid)).toBe("queued");
  const [again] = await take();
  if (again === undefined) throw new Error("nothing was claimed");
  await end(again);
  expect(await look()).toMatchObject({ circuit: "closed" });
});

test("410 to a subscription disables the subscription, not the address", async () => {
  const request = { url: URL_A };
  const secret = { version: 1, previousUntil: 0 };
  await createSubscription(store.redis, keys, "sub", { request, created: 1, secret });
  await createDeliveries(store.redis, keys, [newDelivery(URL_A, { subscriptionid: "sub" })]);
  const [one] = await take();
  if (one === undefined) throw new Error("nothing was claimed");
  const why = "It answered 410 (gone).";
  const gone = { status: 410, next: { kind: "disable", why }, reached: "answered" };
  expect(await end(one, gone)).toMatchObject({ state: "failed", news: "disabled" });
  expect(await readSubscription(store.redis, keys, "sub")).toMatchObject({
    disabled: { why },
    failed: 1,
  });
  expect(await look()).toMatchObject({ circuit: "closed" });
});

test("two workers share the counters", async () => {
  await make(URL_A, 20);
  for (let i = 0; i < 5; i++) {
    const [one] = (await claim(store.redis, keys, { most: 1, token: `w${i % 2}` })).claimed;
    if (one === undefined) throw new Error("nothing was claimed");
    await end(one, retryIn(0));
    await passTime(store.redis, keys, 1);
  }
  for (const token of ["w0", "w1"]) {
    expect((await claim(store.redis, keys, { token })).claimed).toEqual([]);
  }
});

test("endpoints are listed, last used first, in pages, without what is secret in their address", async () => {
  for (let i = 0; i < 5; i++) await make(`http://user:word@h${i}.example/?key=secret`);
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const page = await readEndpointPage(store.redis, keys, { before, limit: 2 });
    seen.push(...page.endpoints.map(({ address }) => address));
    before = page.before ?? undefined;
  } while (before !== undefined);
  expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4].map((i) => `http://h${i}.example/?…`));
});
