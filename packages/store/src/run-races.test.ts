import type { Task, TaskState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { feed, recoverLostJobs } from "./feed.ts";
import { findCircle } from "./find-circle.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { taskidOf } from "./identity.ts";
import { type Keys, runStreamKey } from "./keys.ts";
import { takeLease } from "./lease.ts";
import { encodeTask } from "./record.ts";
import { applyRetention } from "./retention.ts";
import { readTask } from "./task-detail.ts";
import { Transitions } from "./transitions.ts";

/** What happens to a run when something else happens to it at an unlucky moment. */
let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
let transitions: Transitions;
const CALL = { url: "http://127.0.0.1:9/" };
const TRIED = '{"round":0,"attempt":1}';
const ACCEPTED = { kind: "accepted", deadlineMs: 60_000 } as const;

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  keys = await store.fresh();
  transitions = new Transitions(redis, keys);
});

const idOf = (id: number) => taskidOf("b", id);
const encoded = (id: number, more: Partial<Task> = {}) =>
  encodeTask({ batchid: "b", id, owner: "Ann", priority: "Major", call: CALL, ...more });
const receive = (id: number, more?: Partial<Task>) => commitTasks(redis, keys, [encoded(id, more)]);
const stateOf = async (id: number) => (await readTask(redis, keys, idOf(id)))?.state;
const makeJob = (job: string) => redis.hset(`${keys.bullPrefix}:major:${job}`, "name", "run");

async function begin(id: number, worker = "worker", job = "job") {
  const started = await transitions.start(idOf(id), worker, job);
  if (started.kind !== "started") throw new Error(`it is ${started.kind}`);
  return { taskid: idOf(id), round: started.round, attempt: started.attempt };
}

/** Notes the only entry of the run stream as queued. */
async function queue(id: number, job: string) {
  const [[entry] = [""]] = await redis.xrange(runStreamKey(keys, "2"), "-", "+");
  await transitions.queue(idOf(id), "2", entry, job);
  return entry;
}

async function feedOnce(mostAhead: number) {
  await takeLease(redis, keys.feederLease, "me", 60_000);
  return feed(redis, keys, { token: "me", leaseMs: 60_000, mostAhead });
}

/** More of them wait for task 1 than one call tells. */
async function receiveWithWaiters(): Promise<number[]> {
  await receive(1);
  const ids = Array.from({ length: 800 }, (_, i) => 100 + i);
  for (const half of [ids.slice(0, 400), ids.slice(400)]) {
    const waiters = half.map((id) => encoded(id, { after: [idOf(1)] }));
    await commitTasks(redis, keys, waiters);
  }
  return ids;
}

async function tellTheRest(ids: readonly number[]): Promise<Set<TaskState | undefined>> {
  for (let step = 0; step < 3; step++) await feedOnce(0);
  return new Set(await Promise.all(ids.map(stateOf)));
}

/** Retention, for the oldest task. */
async function dropFirst(rememberMs: number): Promise<void> {
  await takeLease(redis, keys.retentionLease, "me", 60_000);
  const maxTasks = (await redis.xlen(keys.log)) - 1;
  await applyRetention(redis, keys, "me", { maxTasks, maxAgeMs: 1e9, rememberMs });
}

test("a late note that a task is queued does not shorten its wait for the next attempt", async () => {
  await receive(1);
  const place = await begin(1);
  await transitions.finish(place, TRIED, { kind: "retrying", delayMs: 60_000 });
  await queue(1, "job");
  expect(await stateOf(1)).toBe("retrying");
  expect(await transitions.start(idOf(1), "worker", "job")).toEqual({ kind: "stale" });
});

test("a note that comes twice says nothing of the round that has begun since", async () => {
  await receive(1);
  const entry = await queue(1, "job");
  await transitions.cancel(idOf(1));
  await transitions.retry(idOf(1));
  expect(await transitions.queue(idOf(1), "2", entry, "job")).toBe(false);
  expect(await stateOf(1)).toBe("received");
});

test("a second job of a task leaves the attempt alone that the first is at", async () => {
  await receive(1);
  await queue(1, "first");
  await transitions.cancel(idOf(1));
  await transitions.retry(idOf(1));
  await queue(1, "second");
  await makeJob("first");
  await makeJob("second");
  await begin(1, "one", "first");
  expect(await transitions.start(idOf(1), "two", "second")).toEqual({ kind: "stale" });
  expect(await transitions.start(idOf(1), "two", "first")).toMatchObject({ kind: "taken" });
  await redis.del(`${keys.bullPrefix}:major:first`);
  expect(await transitions.start(idOf(1), "two", "second")).toMatchObject({ kind: "taken" });
});

test("a task whose job was lost gets one job in its place, however long that waits", async () => {
  await receive(1);
  await queue(1, "lost");
  const recover = () => recoverLostJobs(redis, keys, { unseenMs: -1, most: 10 });
  expect(await recover()).toBe(1);
  await queue(1, "another");
  await makeJob("another");
  expect(await recover()).toBe(0);
});

test("a 202 that is told twice, as the first answer was lost, is one attempt", async () => {
  await receive(1);
  const place = await begin(1);
  await transitions.finish(place, TRIED, ACCEPTED);
  await transitions.finish(place, TRIED, ACCEPTED);
  await transitions.report(idOf(1), place, "succeeded", "1");
  await transitions.finish(place, TRIED, ACCEPTED);
  expect((await readTask(redis, keys, idOf(1)))?.attempts).toHaveLength(1);
});

test("a report counts until the next attempt begins, though no 202 was read", async () => {
  const report = (place: { taskid: string; round: number; attempt: number }) =>
    transitions.report(place.taskid, place, "succeeded", "1");
  await receive(1);
  const waits = await begin(1);
  await transitions.finish(waits, TRIED, { kind: "retrying", delayMs: 60_000 });
  expect(await report({ ...waits, attempt: 2 })).toBe("unchanged");
  expect(await report(waits)).toBe("ended");
  expect(await redis.zscore(`${keys.shard}due`, idOf(1))).toBeNull();
  await redis.del(runStreamKey(keys, "2"));
  await receive(2);
  const isQueued = await begin(2);
  await transitions.finish(isQueued, TRIED, { kind: "retrying", delayMs: 0 });
  await redis.del(runStreamKey(keys, "2"));
  await feedOnce(0);
  await queue(2, "job");
  expect(await stateOf(2)).toBe("queued");
  expect(await report(isQueued)).toBe("ended");
  for (const id of [1, 2]) {
    expect(await readTask(redis, keys, idOf(id))).toMatchObject({ state: "succeeded", result: 1 });
    expect(await transitions.start(idOf(id), "worker", "job")).toEqual({ kind: "stale" });
  }
});

test("a report counts for the round in which its call was made only", async () => {
  await receive(1);
  const place = await begin(1);
  await transitions.cancel(idOf(1));
  await transitions.retry(idOf(1));
  expect(await transitions.report(idOf(1), place, "succeeded", "1")).toBe("unchanged");
  await queue(1, "job");
  expect(await transitions.report(idOf(1), null, "succeeded", "1")).toBe("unchanged");
  await begin(1);
  expect(await transitions.report(idOf(1), place, "succeeded", "1")).toBe("unchanged");
  expect(await transitions.report(idOf(1), null, "succeeded", "1")).toBe("ended");
});

test("what remotes have makes no room for more jobs ahead of the workers", async () => {
  for (let id = 0; id < 20; id++) {
    await receive(id);
    await transitions.finish(await begin(id), TRIED, ACCEPTED);
  }
  await redis.rpush(`${keys.bullPrefix}:major:wait`, "a", "b", "c", "d", "e");
  expect((await feedOnce(5))?.entries[2]).toEqual([]);
});

test("those that wait are told how it ended, though retention has removed it before their turn", async () => {
  const waiters = await receiveWithWaiters();
  await transitions.cancel(idOf(1));
  await dropFirst(0);
  expect(await redis.exists(keys.runPrefix + idOf(1))).toBe(0);
  expect(await tellTheRest(waiters)).toEqual(new Set(["failed"]));
});

test("what waits for a task that is run again waits for how that ends", async () => {
  const waiters = await receiveWithWaiters();
  await transitions.cancel(idOf(1));
  await transitions.retry(idOf(1));
  await receive(2, { after: [idOf(1)] });
  expect(await tellTheRest(waiters)).toEqual(new Set(["failed", "waiting"]));
  expect(await stateOf(2)).toBe("waiting");
  const succeeded = { kind: "succeeded", resultJson: "1" } as const;
  await transitions.finish(await begin(1), TRIED, succeeded);
  expect(await tellTheRest(waiters)).toEqual(new Set(["failed", "received"]));
  expect(await stateOf(2)).toBe("received");
});

test("a task that ends after retention has dropped it leaves nothing behind it", async () => {
  await receive(1, { after: [idOf(2)] });
  await dropFirst(1);
  await transitions.cancel(idOf(1));
  await expect.poll(() => redis.exists(keys.runPrefix + idOf(1))).toBe(0);
  expect(await redis.keys(`${keys.shard}w:*`)).toEqual([]);
  expect(await redis.scard(`${keys.shard}unknown`)).toBe(0);
});

test("a task of which only the identity is remembered is unknown, and not one that is only recorded", async () => {
  await receive(1);
  await transitions.cancel(idOf(1));
  await dropFirst(60_000);
  expect(await redis.exists(keys.recordPrefix + idOf(1))).toBe(1);
  expect(await transitions.retry(idOf(1))).toBe("unknown");
  expect(await transitions.cancel(idOf(1))).toBe("unknown");
  expect(await transitions.report(idOf(1), null, "succeeded", "1")).toBe("unknown");
});

test("a long chain costs each of its tasks no more than a short one", async () => {
  await receive(0, { delay: 1_000 });
  await redis.config("RESETSTAT");
  const chain = Array.from({ length: 1_000 }, (_, i) => encoded(i + 1, { after: [idOf(i)] }));
  for (let i = 0; i < 1_000; i += 250) await commitTasks(redis, keys, chain.slice(i, i + 250));
  const next = { taskid: idOf(1_001), after: [idOf(1_000)] };
  expect(await findCircle(redis, keys, [next])).toBeNull();
  const stats = await redis.info("commandstats");
  const calls = (name: string) =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  expect(calls("hmget")).toBeLessThan(3_000);
  expect(calls("evalsha")).toBeLessThan(10);
  const closing = { taskid: idOf(0), after: [idOf(1_000)] };
  expect(await findCircle(redis, keys, [closing])).toBe(idOf(0));
});
