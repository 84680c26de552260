import { TASK_STATES, type Task, type TaskState } from "@taskpulse/contract";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commitTasks } from "./commit-tasks.ts";
import { feed, recoverLostJobs } from "./feed.ts";
import { findCircle } from "./find-circle.ts";
import { type StoreUnderTest, startStore } from "./fixtures/store-under-test.ts";
import { taskidOf } from "./identity.ts";
import { type Keys, runStreamKey } from "./keys.ts";
import { takeLease } from "./lease.ts";
import { readRows } from "./read-rows.ts";
import { readSummary, readTaskPage } from "./read-tasks.ts";
import { encodeTask } from "./record.ts";
import { readTask } from "./task-detail.ts";
import { Transitions } from "./transitions.ts";

let store: StoreUnderTest;
let redis: Redis;
let keys: Keys;
let transitions: Transitions;
const CALL = { url: "http://127.0.0.1:9/" };
const TRIED = '{"round":0,"attempt":1}';

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
const receive = (id: number, more: Partial<Task> = {}) =>
  commitTasks(redis, keys, [
    encodeTask({ batchid: "b", id, owner: "Ann", priority: "Major", call: CALL, ...more }),
  ]);
const stateOf = async (id: number) => (await readTask(redis, keys, idOf(id)))?.state;
const streamed = async (digit = "2") =>
  (await redis.xrange(runStreamKey(keys, digit), "-", "+")).map(([entry, fields]) => ({
    entry,
    taskid: fields[1] ?? "",
  }));

/** One step of a feeder, by priority digit. */
async function feedOnce(mostAhead = 250) {
  await takeLease(redis, keys.feederLease, "me", 60_000);
  const step = await feed(redis, keys, { token: "me", leaseMs: 60_000, mostAhead });
  if (step === null) throw new Error("the lease is ours");
  return step;
}

async function begin(id: number) {
  const started = await transitions.start(idOf(id), "worker", `job-${id}`);
  if (started.kind !== "started") throw new Error(`it is ${started.kind}`);
  return { taskid: idOf(id), round: started.round, attempt: started.attempt };
}

async function fail(id: number) {
  const errorJson = '{"type":"RemoteError","message":"no"}';
  return transitions.finish(await begin(id), TRIED, { kind: "failed", errorJson });
}

const succeed = async (id: number) =>
  transitions.finish(await begin(id), TRIED, { kind: "succeeded", resultJson: "42" });

test("a task goes from received through queued and running to its result, and all of it is told", async () => {
  await receive(1);
  const [first] = await streamed();
  expect(first?.taskid).toBe(idOf(1));
  expect(await transitions.queue(idOf(1), "2", first?.entry ?? "", "job-1")).toBe(true);
  expect(await streamed()).toEqual([]);
  expect(await stateOf(1)).toBe("queued");
  const place = await begin(1);
  expect(place).toEqual({ taskid: idOf(1), round: 0, attempt: 1 });
  expect(await stateOf(1)).toBe("running");
  const tried = JSON.stringify({ round: 0, attempt: 1, outcome: "succeeded" });
  const verdict = { kind: "succeeded", resultJson: '{"answer":9007199254740993}' } as const;
  expect(await transitions.finish(place, tried, verdict)).toBe(true);
  const detail = await readTask(redis, keys, idOf(1));
  expect(detail).toMatchObject({
    state: "succeeded",
    runnable: true,
    round: 0,
    error: null,
    attempts: [{ attempt: 1, outcome: "succeeded" }],
  });
  expect(JSON.stringify(detail?.result)).toBe('{"answer":9007199254740993}');
  expect(detail?.timeline.map(({ event }) => event)).toEqual([
    "received",
    "queued",
    "running",
    "succeeded",
  ]);
  expect(detail?.started_at).not.toBeNull();
  expect(detail?.ended_at).not.toBeNull();
  const { total, byState } = await readSummary(redis, keys);
  expect({ total, succeeded: byState.succeeded }).toEqual({ total: 1, succeeded: 1 });
  const rows = await readRows(redis, keys, [idOf(2), idOf(1)]);
  expect(rows).toMatchObject([{ taskid: idOf(1), id: 1, state: "succeeded" }]);
});

test("a task that is only recorded is no run, and can't be cancelled or run", async () => {
  await receive(1, { call: undefined });
  expect(await streamed()).toEqual([]);
  expect(await transitions.cancel(idOf(1))).toBe("notRun");
  expect(await transitions.retry(idOf(1))).toBe("notRun");
  expect(await transitions.report(idOf(1), null, "succeeded", "1")).toBe("notRun");
  expect(await transitions.cancel(idOf(2))).toBe("unknown");
  expect(await readTask(redis, keys, idOf(1))).toMatchObject({
    state: "received",
    runnable: false,
  });
});

test("an entry whose task has begun meanwhile is removed and changes nothing", async () => {
  await receive(1);
  const [first] = await streamed();
  await begin(1);
  expect(await transitions.queue(idOf(1), "2", first?.entry ?? "", "job-1")).toBe(false);
  expect(await streamed()).toEqual([]);
  expect(await stateOf(1)).toBe("running");
});

test("an attempt that a worker left is seen by the next, and only one of the two can end it", async () => {
  await receive(1);
  const place = await begin(1);
  const taken = await transitions.start(idOf(1), "another", "job-1");
  expect(taken).toMatchObject({ kind: "taken", round: 0, attempt: 1 });
  expect(await transitions.finish(place, TRIED, { kind: "retrying", delayMs: 0 })).toBe(true);
  const late = { kind: "succeeded", resultJson: "1" } as const;
  expect(await transitions.finish(place, TRIED, late)).toBe(false);
  expect(await stateOf(1)).toBe("retrying");
});

test("a retry waits for its time, then goes to the run stream, and is not begun before", async () => {
  await receive(1);
  await redis.del(runStreamKey(keys, "2"));
  await transitions.finish(await begin(1), TRIED, { kind: "retrying", delayMs: 1_500 });
  expect(await transitions.start(idOf(1), "worker", "old job")).toEqual({ kind: "stale" });
  expect((await feedOnce()).entries[2]).toEqual([]);
  await expect
    .poll(async () => (await feedOnce()).entries[2], { timeout: 8_000 })
    .toMatchObject([{ taskid: idOf(1) }]);
  expect(await stateOf(1)).toBe("retrying");
  expect(await begin(1)).toMatchObject({ attempt: 2 });
});

test("a task with a time to come waits for it; the later of delay and run_at counts", async () => {
  await receive(1, { delay: 0.05, run_at: "2020-01-01T00:00:00" });
  await receive(2, { delay: 0, run_at: "2020-01-01T00:00:00Z" });
  await receive(3, { run_at: new Date(Date.now() + 3_600_000).toISOString() });
  expect([await stateOf(1), await stateOf(2), await stateOf(3)]).toEqual([
    "waiting",
    "received",
    "waiting",
  ]);
  await expect
    .poll(async () => (await feedOnce()).entries[2]?.map(({ taskid }) => taskid))
    .toEqual([idOf(2), idOf(1)]);
  const { nextDueMs } = await feedOnce();
  expect(nextDueMs).toBeGreaterThan(3_500_000);
  expect(nextDueMs).toBeLessThanOrEqual(3_600_000);
});

test("what waits for others begins when all have succeeded, whenever they came", async () => {
  await receive(9, { after: [idOf(1), idOf(2), idOf(3)], delay: 0 });
  await receive(1);
  await receive(2, { call: undefined });
  expect(await readTask(redis, keys, idOf(9))).toMatchObject({ state: "waiting", waits_for: 2 });
  await succeed(1);
  expect(await stateOf(9)).toBe("waiting");
  await receive(3);
  await succeed(3);
  expect(await stateOf(9)).toBe("received");
  await receive(10, { after: [idOf(1), idOf(2)] });
  expect(await stateOf(10)).toBe("received");
  expect(await redis.scard(`${keys.shard}unknown`)).toBe(0);
});

test("a failed or cancelled task fails those that wait for it, and those that wait for them", async () => {
  await receive(1);
  await receive(2, { after: [idOf(1)] });
  await receive(3, { after: [idOf(2)] });
  await receive(4);
  await receive(5, { after: [idOf(4)] });
  await fail(1);
  await transitions.cancel(idOf(4));
  for (const id of [2, 3, 5]) {
    const detail = await readTask(redis, keys, idOf(id));
    expect(detail).toMatchObject({ state: "failed", error: { type: "PredecessorFailed" } });
  }
  await receive(6, { after: [idOf(1)] });
  expect(await stateOf(6)).toBe("failed");
});

test("a thousand that wait for one are all released, some of them a little later", async () => {
  const waiters = Array.from({ length: 1_200 }, (_, i) =>
    encodeTask({
      ...{ batchid: "b", id: 100 + i, owner: "Ann", priority: "Low", call: CALL },
      after: [idOf(1)],
    }),
  );
  await receive(1);
  for (let i = 0; i < waiters.length; i += 400) {
    await commitTasks(redis, keys, waiters.slice(i, i + 400));
  }
  await succeed(1);
  expect((await streamed("0")).length).toBe(500);
  for (let step = 0; step < 3; step++) await feedOnce();
  expect((await streamed("0")).length).toBe(1_200);
});

test("a circle is found before it is stored, also through tasks that wait in the store", async () => {
  await receive(1, { after: [idOf(2)] });
  await receive(2, { after: [idOf(3)] });
  const closing = { taskid: idOf(3), after: [idOf(1)] };
  expect(await findCircle(redis, keys, [closing])).toBe(idOf(3));
  expect(await findCircle(redis, keys, [{ taskid: idOf(4), after: [idOf(4)] }])).toBe(idOf(4));
  expect(
    await findCircle(redis, keys, [{ taskid: idOf(4), after: [idOf(1), idOf(2)] }]),
  ).toBeNull();
  // Two requests at once may each look harmless.
  await receive(3, { after: [idOf(1)] });
  for (const id of [1, 2, 3]) {
    expect(await readTask(redis, keys, idOf(id))).toMatchObject({
      state: "failed",
      error: { type: "PredecessorFailed" },
    });
  }
});

test("a remote that answered 202 reports once; early, late and repeated reports are harmless", async () => {
  await receive(1);
  const place = await begin(1);
  const accepted = { kind: "accepted", deadlineMs: 60_000 } as const;
  await transitions.finish(place, TRIED, accepted);
  expect(await readTask(redis, keys, idOf(1))).toMatchObject({
    state: "running",
    reported_later: true,
  });
  expect(await transitions.start(idOf(1), "worker", "x")).toEqual({ kind: "stale" });
  const old = { round: 0, attempt: 2 };
  expect(await transitions.report(idOf(1), old, "failed", "{}")).toBe("unchanged");
  expect(await transitions.report(idOf(1), place, "succeeded", "7")).toBe("ended");
  expect(await transitions.report(idOf(1), place, "failed", "{}")).toBe("unchanged");
  expect(await readTask(redis, keys, idOf(1))).toMatchObject({ state: "succeeded", result: 7 });
  await receive(2);
  const early = await begin(2);
  expect(await transitions.report(idOf(2), early, "succeeded", "8")).toBe("ended");
  expect(await transitions.finish(early, TRIED, accepted)).toBe(false);
  expect(await readTask(redis, keys, idOf(2))).toMatchObject({ result: 8, attempts: [{}] });
});

test("a report that never comes ends the task by its deadline", async () => {
  await receive(1);
  await transitions.finish(await begin(1), TRIED, { kind: "accepted", deadlineMs: 20 });
  await expect.poll(async () => (await feedOnce()) && stateOf(1)).toBe("failed");
  expect(await readTask(redis, keys, idOf(1))).toMatchObject({
    error: { type: "DeadlineExceeded" },
  });
});

test("a failed task can be run again, in a new round, and a cancelled one; others not", async () => {
  await receive(1);
  await fail(1);
  expect(await redis.zrange(keys.dead, "0", "-1")).toEqual([idOf(1)]);
  await redis.del(runStreamKey(keys, "2"));
  expect(await transitions.retry(idOf(1))).toBe("changed");
  expect(await redis.zcard(keys.dead)).toBe(0);
  expect(await streamed()).toMatchObject([{ taskid: idOf(1) }]);
  expect(await readTask(redis, keys, idOf(1))).toMatchObject({ state: "received", round: 1 });
  expect(await transitions.retry(idOf(1))).toEqual({ unchanged: "received" });
  await succeed(1);
  expect(await transitions.cancel(idOf(1))).toEqual({ unchanged: "succeeded" });
  expect(await transitions.retry(idOf(1))).toEqual({ unchanged: "succeeded" });
  await receive(2);
  expect(await transitions.cancel(idOf(2))).toBe("changed");
  expect(await transitions.start(idOf(2), "worker", "x")).toEqual({ kind: "stale" });
  expect(await transitions.retry(idOf(2))).toBe("changed");
});

test("results are told of tasks with a webhook, and of all while anybody subscribes", async () => {
  await receive(1, { webhook: { url: "http://127.0.0.1:9/" } });
  await receive(2);
  await succeed(1);
  await succeed(2);
  const outbox = async () =>
    (await redis.xrange(keys.ended, "-", "+")).map(([, fields]) => fields[1]);
  expect(await outbox()).toEqual([idOf(1)]);
  await redis.hset(keys.subscriptions, "someone", "{}");
  await receive(3);
  await fail(3);
  expect(await outbox()).toEqual([idOf(1), idOf(3)]);
});

test("a lost job gives its task back to the run stream; one that a remote has stays", async () => {
  await receive(1);
  await receive(2);
  const entries = await streamed();
  for (const { taskid, entry } of entries) await transitions.queue(taskid, "2", entry, entry);
  await transitions.finish(await begin(2), TRIED, { kind: "accepted", deadlineMs: 60_000 });
  expect(await redis.zrange(keys.held, "0", "-1")).toEqual([idOf(1)]);
  expect(await recoverLostJobs(redis, keys, { unseenMs: 60_000, most: 10 })).toBe(0);
  await expect.poll(() => recoverLostJobs(redis, keys, { unseenMs: 1, most: 10 })).toBe(1);
  expect(await streamed()).toMatchObject([{ taskid: idOf(1) }]);
  expect(await begin(1)).toMatchObject({ attempt: 1 });
});

test("a feeder reads as much as the queues have room for, oldest first, and only with the lease", async () => {
  for (const id of [1, 2, 3]) await receive(id);
  await receive(4, { priority: "Critical" });
  const step = await feedOnce(2);
  expect(step.entries.map((list) => list.map(({ taskid }) => taskid))).toEqual([
    [],
    [],
    [idOf(1), idOf(2)],
    [idOf(4)],
  ]);
  expect(step.more).toBe(true);
  await redis.rpush(`${keys.bullPrefix}:major:wait`, "a job", "another");
  expect((await feedOnce(2)).entries[2]).toEqual([]);
  // One of them runs: there is room for one more.
  await begin(3);
  expect((await feedOnce(2)).entries[2]).toMatchObject([{ taskid: idOf(1) }]);
  expect(await feed(redis, keys, { token: "other", leaseMs: 1_000, mostAhead: 2 })).toBeNull();
});

test("lists find tasks by the state they are in now", async () => {
  for (const id of [1, 2, 3]) await receive(id);
  await receive(4, { call: undefined });
  await fail(2);
  const found = async (state: TaskState) =>
    (await readTaskPage(redis, keys, { state, limit: 10 })).tasks.map((task) => task.id);
  expect(await found("failed")).toEqual([2]);
  expect(await found("received")).toEqual([4, 3, 1]);
  const all = await readTaskPage(redis, keys, { limit: 10 });
  expect(all.tasks.map((task) => task.state)).toEqual([
    "received",
    "received",
    "failed",
    "received",
  ]);
});

const anyOp = fc.record({
  op: fc.constantFrom(
    "start",
    "succeed",
    "fail",
    "retryLater",
    "accept",
    "report",
    "cancel",
    "retry",
  ),
  id: fc.nat({ max: 3 }),
});

test("whatever is done in whatever order, the totals per state are what the tasks say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { minLength: 5, maxLength: 40 }), async (ops) => {
      keys = await store.fresh();
      transitions = new Transitions(redis, keys);
      await receive(0);
      await receive(1, { after: [idOf(0)] });
      await receive(2, { after: [idOf(1), idOf(3)] });
      await receive(3);
      const places = new Map<number, { taskid: string; round: number; attempt: number }>();
      for (const { op, id } of ops) {
        const place = places.get(id) ?? { taskid: idOf(id), round: 0, attempt: 1 };
        if (op === "start") {
          const reply = await transitions.start(idOf(id), "w", "j");
          if (reply.kind === "started") places.set(id, { taskid: idOf(id), ...reply });
        } else if (op === "succeed") {
          await transitions.finish(place, TRIED, { kind: "succeeded", resultJson: "1" });
        } else if (op === "fail") {
          await transitions.finish(place, TRIED, { kind: "failed", errorJson: "{}" });
        } else if (op === "retryLater") {
          await transitions.finish(place, TRIED, { kind: "retrying", delayMs: 0 });
        } else if (op === "accept") {
          await transitions.finish(place, TRIED, { kind: "accepted", deadlineMs: 0 });
        } else if (op === "report") await transitions.report(idOf(id), null, "succeeded", "1");
        else if (op === "cancel") await transitions.cancel(idOf(id));
        else await transitions.retry(idOf(id));
        if (op === "retryLater") await feedOnce();
      }
      const states = await Promise.all([0, 1, 2, 3].map(stateOf));
      const counted = Object.fromEntries(
        TASK_STATES.map((state) => [state, states.filter((s) => s === state).length]),
      );
      const summary = await readSummary(redis, keys);
      expect(summary.byState).toEqual(counted);
      const runs = await Promise.all([0, 1, 2, 3].map((id) => readTask(redis, keys, idOf(id))));
      const running = runs.filter((run) => run?.state === "running" && !run.reported_later).length;
      expect(Number((await redis.hget(keys.totals, "u2")) ?? 0)).toBe(running);
      const dead = await redis.zrange(keys.dead, "0", "-1");
      expect(dead.length).toBe(counted.failed);
      const waiting = states.filter((state) => state === "waiting").length;
      if (counted.running === 0 && (await streamed()).length === 0) expect(waiting).toBe(0);
    }),
    { numRuns: 60 },
  );
});
