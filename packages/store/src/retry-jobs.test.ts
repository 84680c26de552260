import type { FailureType, Task } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { readDeadLetters } from "./dead-letters.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { taskidOf } from "./identity.ts";
import { type Keys, runStreamKey } from "./keys.ts";
import { readSummary } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";
import {
  cancelRetryJob,
  createRetryJob,
  listRetryJobs,
  readRetryJob,
  retryLeaseKey,
} from "./retry-jobs.ts";
import { stepRetryJobs } from "./retry-step.ts";
import { readTask } from "./task-detail.ts";
import { Transitions } from "./transitions.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
let transitions: Transitions;

beforeAll(async () => {
  store = await startStore();
  redis = store.redis;
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  keys = await store.fresh();
  transitions = new Transitions(redis, keys);
});

const idOf = (id: number, batchid = "b") => taskidOf(batchid, id);
const ids = (count: number) => Array.from({ length: count }, (_, id) => id);

async function receive(count: number, fields: (id: number) => Partial<Task> = () => ({})) {
  const tasks = ids(count).map((id) =>
    encodeTask({
      ...{ batchid: "b", id, owner: "Ann", priority: "Major" },
      call: { url: "http://127.0.0.1:9/", args: { id } },
      ...fields(id),
    }),
  );
  await commitTasks(redis, keys, tasks);
  return tasks.map(({ taskid }) => taskid);
}

async function fail(taskid: string, type: FailureType = "RemoteError", message = "no") {
  const started = await transitions.start(taskid, "worker", `job ${Math.random()}`);
  if (started.kind !== "started") throw new Error(`it is ${started.kind}`);
  const errorJson = JSON.stringify({ type, message });
  const place = { taskid, round: started.round, attempt: started.attempt };
  await transitions.finish(place, "{}", { kind: "failed", errorJson });
}

async function run(filter: Parameters<typeof createRetryJob>[3], jobid = "job") {
  expect(await createRetryJob(redis, keys, jobid, filter)).toBe("created");
  return finish(jobid);
}

async function finish(jobid: string) {
  for (let steps = 0; steps < 1_000; steps += 1) {
    const step = await stepRetryJobs(redis, keys, "me", 5_000);
    if (step.kind !== "stepped") break;
  }
  return readRetryJob(redis, keys, jobid);
}

const statesOf = async (taskids: readonly string[]) =>
  Promise.all(taskids.map(async (taskid) => (await readTask(redis, keys, taskid))?.state));

test("a job retries all that failed, each once, with the request as it is stored", async () => {
  const taskids = await receive(730);
  await Promise.all(taskids.map((taskid) => fail(taskid)));
  await redis.del(runStreamKey(keys, "2"));
  const before = await Promise.all(taskids.map((id) => redis.get(keys.recordPrefix + id)));
  expect(await run({})).toMatchObject({
    ...{ state: "done", filter: {}, total: 730, looked: 730, matched: 730 },
    ...{ done: 730, changed: 730, skipped: 0, failed: 0 },
  });
  expect(new Set(await statesOf(taskids))).toEqual(new Set(["received"]));
  expect(await redis.zcard(keys.dead)).toBe(0);
  expect(await redis.xlen(runStreamKey(keys, "2"))).toBe(730);
  expect(await Promise.all(taskids.map((id) => redis.get(keys.recordPrefix + id)))).toEqual(before);
  const { byState } = await readSummary(redis, keys);
  expect([byState.failed, byState.received]).toEqual([0, 730]);
});

test("only what the filter fits is retried", async () => {
  const [a, b, c, d, e] = await receive(5, (id) => ({
    batchid: id < 3 ? "b" : "other",
    priority: id % 2 === 0 ? "Low" : "Critical",
    description: `Invoice ${id}`,
  }));
  if (!a || !b || !c || !d || !e) throw new Error("unreachable");
  const all = [a, b, c, d, e];
  await fail(a, "Timeout");
  await fail(b, "HttpError", "the endpoint answered 500");
  await fail(c, "HttpError", "the endpoint answered 404");
  await fail(d);
  await transitions.cancel(e);
  const changedBy = async (filter: Parameters<typeof createRetryJob>[3]) => {
    const states = await statesOf(all);
    await run(filter, JSON.stringify(filter));
    const after = await statesOf(all);
    const changed = all.filter((_, i) => states[i] !== after[i]);
    for (const taskid of changed) {
      if (taskid === e) await transitions.cancel(e);
      else if (taskid === a) await fail(a, "Timeout");
      else if (taskid === d) await fail(d);
      else await fail(taskid, "HttpError", "the endpoint answered 500");
    }
    return changed;
  };
  expect(await changedBy({ type: "Timeout" })).toEqual([a]);
  expect(await changedBy({ priority: "Low" })).toEqual([a, c]);
  expect(await changedBy({ batchid: "other" })).toEqual([d]);
  expect(await changedBy({ q: "invoice 1" })).toEqual([b]);
  expect(await changedBy({ q: "ANSWERED 500" })).toEqual([b, c]);
  expect(await changedBy({ q: d })).toEqual([d]);
  expect(await changedBy({ q: "invoice", priority: "Low", batchid: "b", type: "Timeout" })).toEqual(
    [a],
  );
  expect(await changedBy({ q: "nowhere" })).toEqual([]);
  expect(await changedBy({ state: "cancelled" })).toEqual([e]);
  expect(await changedBy({ state: "cancelled", batchid: "b" })).toEqual([]);
  expect(await changedBy({ since: "2100-01-01T00:00:00Z" })).toEqual([]);
  expect(await changedBy({ before: "2020-01-01T00:00:00" })).toEqual([]);
  expect(await changedBy({ since: "2020-01-01T00:00:00Z", state: "cancelled" })).toEqual([e]);
});

test("what fails again while the job runs is left alone, at whatever moment", async () => {
  const taskids = await receive(250);
  await Promise.all(taskids.map((taskid) => fail(taskid)));
  await createRetryJob(redis, keys, "job", {});
  let steps = 0;
  for (;;) {
    const step = await stepRetryJobs(redis, keys, "me", 5_000);
    if (step.kind !== "stepped") break;
    steps += 1;
    // Redis' clock is set back: they failed before the job began.
    const anew = (await redis.xrange(runStreamKey(keys, "2"), "-", "+")).map(([, [, id]]) => id);
    await redis.del(runStreamKey(keys, "2"));
    await Promise.all(
      [...new Set(anew)].map(async (taskid = "") => {
        if ((await readTask(redis, keys, taskid))?.state !== "received") return;
        await fail(taskid);
        if (steps % 2 === 0) await redis.zadd(keys.dead, 1, taskid);
      }),
    );
  }
  expect(await readRetryJob(redis, keys, "job")).toMatchObject({ state: "done", changed: 250 });
  const rounds = await Promise.all(
    taskids.map(async (id) => (await readTask(redis, keys, id))?.round),
  );
  expect(new Set(rounds)).toEqual(new Set([1]));
});

test("cancelled tasks are found in the log, however many others lie between", async () => {
  const taskids = await receive(1_000);
  const cancelled = taskids.filter((_, id) => id % 9 === 0);
  await Promise.all(cancelled.map((taskid) => transitions.cancel(taskid)));
  expect(await run({ state: "cancelled" })).toMatchObject({
    ...{ state: "done", total: 1_000, looked: 1_000, changed: cancelled.length },
  });
  expect(new Set(await statesOf(cancelled))).toEqual(new Set(["received"]));
});

test("one consumer works at a time, and another goes on where it was", async () => {
  const taskids = await receive(260);
  await Promise.all(taskids.map((taskid) => fail(taskid)));
  await createRetryJob(redis, keys, "job", {});
  expect(await stepRetryJobs(redis, keys, "me", 60_000)).toMatchObject({ kind: "stepped" });
  expect(await stepRetryJobs(redis, keys, "another", 60_000)).toEqual({ kind: "held" });
  await redis.del(retryLeaseKey(keys));
  expect(await stepRetryJobs(redis, keys, "another", 60_000)).toMatchObject({ isDone: false });
  await redis.del(retryLeaseKey(keys));
  expect(await finish("job")).toMatchObject({ state: "done", changed: 260, looked: 260 });
  expect(await stepRetryJobs(redis, keys, "me", 1_000)).toEqual({ kind: "idle" });
});

test("jobs take turns, and a cancelled one stops where it is", async () => {
  const taskids = await receive(600, (id) => ({ priority: id < 300 ? "Low" : "Major" }));
  await Promise.all(taskids.map((taskid) => fail(taskid)));
  await createRetryJob(redis, keys, "low", { priority: "Low" });
  await createRetryJob(redis, keys, "major", { priority: "Major" });
  const turns: string[] = [];
  for (let i = 0; i < 4; i += 1) {
    const step = await stepRetryJobs(redis, keys, "me", 5_000);
    if (step.kind === "stepped") turns.push(step.jobid);
  }
  expect(turns).toEqual(["low", "major", "low", "major"]);
  expect(await cancelRetryJob(redis, keys, "low")).toBe("changed");
  expect(await cancelRetryJob(redis, keys, "low")).toEqual({ unchanged: "cancelled" });
  expect(await cancelRetryJob(redis, keys, "none")).toBe("unknown");
  const major = await finish("major");
  expect(major).toMatchObject({ state: "done", changed: 300 });
  const low = await readRetryJob(redis, keys, "low");
  expect(low).toMatchObject({ state: "cancelled" });
  expect(low?.ended_at).not.toBeNull();
  const { byState } = await readSummary(redis, keys);
  expect(byState.failed).toBe(300 - (low?.changed ?? 0));
  expect(await listRetryJobs(redis, keys, 10)).toHaveLength(2);
});

test("a task whose record is gone is counted, and can't be retried", async () => {
  const [taskid = ""] = await receive(2);
  await fail(taskid);
  await redis.del(keys.recordPrefix + taskid);
  expect(await run({})).toMatchObject({ matched: 1, changed: 0, failed: 1, done: 1 });
  expect(await run({ batchid: "b" }, "other")).toMatchObject({ matched: 0 });
});

test("a bounded number of jobs runs, and of the ended ones the newest are remembered", async () => {
  for (let i = 0; i < 20; i += 1) {
    expect(await createRetryJob(redis, keys, `active-${i}`, {})).toBe("created");
  }
  expect(await createRetryJob(redis, keys, "more", {})).toBe("tooMany");
  // What is there already is not created a second time.
  expect(await createRetryJob(redis, keys, "active-3", {})).toBe("created");
  expect(await createRetryJob(redis, keys, "active-3", { q: "a" })).toBe("other");
  expect(await readRetryJob(redis, keys, "more")).toBeNull();
  await finish("active-0");
  for (let i = 0; i < 110; i += 1) await run({}, `ended-${i}`);
  expect(await listRetryJobs(redis, keys, 1_000)).toHaveLength(100);
  expect(await readRetryJob(redis, keys, "active-0")).toBeNull();
  const [newest] = await listRetryJobs(redis, keys, 1);
  expect(newest?.jobid).toMatch(/^ended-10\d$/);
});

test("dead letters come latest first, in pages, also when some go meanwhile", async () => {
  const taskids = await receive(9);
  for (const taskid of taskids) await fail(taskid, "HttpError", `no to ${taskid}`);
  // Several of the same millisecond, in the order of their names.
  const order = [...taskids].sort().reverse();
  for (const taskid of taskids) await redis.zadd(keys.dead, 1_700_000_000_000, taskid);
  const page = (before?: string) => readDeadLetters(redis, keys, { limit: 4, before });
  const first = await page();
  expect(first.total).toBe(9);
  expect(first.tasks.map(({ taskid }) => taskid)).toEqual(order.slice(0, 4));
  expect(first.tasks[0]).toMatchObject({
    ...{ state: "failed", owner: "Ann", priority: "Major", round: 0, attempts: 1 },
    failed_at: "2023-11-14T22:13:20.000Z",
    error: { type: "HttpError", message: `no to ${order[0]}` },
  });
  // The last one of the page is retried: the next page goes on after its place.
  await transitions.retry(order[3] ?? "");
  const second = await page(first.before ?? "");
  expect(second.tasks.map(({ taskid }) => taskid)).toEqual(order.slice(4, 8));
  const third = await page(second.before ?? "");
  expect(third.tasks.map(({ taskid }) => taskid)).toEqual(order.slice(8));
  expect(third.before).toBeNull();
});

test("dead letters are found by priority, batch, text and type of the error", async () => {
  const taskids = await receive(700, (id) => ({ priority: id === 5 ? "Critical" : "Low" }));
  await Promise.all(taskids.map((id, i) => fail(id, i === 7 ? "Timeout" : "HttpError", `n${i}.`)));
  const search = async (query: Partial<Parameters<typeof readDeadLetters>[2]>) =>
    (await readDeadLetters(redis, keys, { limit: 5, ...query })).tasks.map(({ id }) => id);
  expect(await search({ priority: "Critical" })).toEqual([5]);
  expect(await search({ type: "Timeout" })).toEqual([7]);
  expect(await search({ q: "N331." })).toEqual([331]);
  expect(await search({ batchid: "c" })).toEqual([]);
  expect(await search({ batchid: "b", priority: "Critical", q: idOf(5) })).toEqual([5]);
  expect((await readDeadLetters(redis, keys, { limit: 5, batchid: "c" })).total).toBe(700);
});
