import { setTimeout as sleep } from "node:timers/promises";
import { type CaptureServer, captureServer, until } from "@taskpulse/test-kit";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningWorker, runWorker } from "../fixtures/running-worker.ts";
import { type RunsUnderTest, startRunsUnderTest } from "../fixtures/runs-under-test.ts";

let runs: RunsUnderTest;
let remote: CaptureServer;
let worker: RunningWorker;
let nextId = 0;

beforeAll(async () => {
  runs = await startRunsUnderTest();
  worker = await runWorker(runs.server.url, runs.env);
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await runs[Symbol.asyncDispose]();
});
beforeEach(async () => {
  remote = await captureServer();
  nextId += 1;
});
afterEach(() => remote[Symbol.asyncDispose]());

const success = (retval: unknown) => ({ body: { status: "success", retval } });
const failure = (reason: string) => ({ body: { status: "failure", reason } });

test("a callback task is called, and what it returns is its result", async () => {
  remote.answer(success(100));
  const taskid = await runs.send(nextId, {
    call: { url: `${remote.url}/multiply?y=1`, method: "GET", args: { x: 10, y: 10 } },
  });
  const done = await runs.reaches(taskid, "succeeded");
  expect(done).toMatchObject({
    result: 100,
    error: null,
    attempts: [{ outcome: "succeeded", status: 200 }],
  });
  const [request] = remote.requests;
  expect(request?.path).toBe("/multiply?x=10&y=10");
  expect(request?.headers).toMatchObject({
    "webhook-id": `${taskid}-0-call`,
    "webhook-timestamp": expect.stringMatching(/^\d+$/),
    "webhook-signature": expect.stringMatching(/^v1,/),
    "taskpulse-task-id": taskid,
    "taskpulse-report-url": expect.stringMatching(
      /^http:\/\/127\.0\.0\.1:\d+\/webhook\?task_id=[a-z0-9]{26}&token=0\.1\./,
    ),
  });
  expect(done.timeline.map(({ event }) => event)).toContain("running");
});

test("what may pass is tried again, under the same webhook-id, until it succeeds", async () => {
  let calls = 0;
  remote.answer(() => (++calls < 3 ? { status: 503, body: "busy" } : success("done")));
  const taskid = await runs.send(nextId, {
    ...{ call: { url: remote.url }, retry_intervals: [0.02] },
  });
  const done = await runs.reaches(taskid, "succeeded");
  expect(done.attempts).toMatchObject([
    { attempt: 1, outcome: "failed", status: 503, error: { type: "HttpError" }, reply: "busy" },
    { attempt: 2, outcome: "failed", retry_at: expect.any(String) },
    { attempt: 3, outcome: "succeeded" },
  ]);
  expect(new Set(remote.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test("a task that never succeeds is tried as often as it may be, and then failed for good", async () => {
  remote.answer("reset");
  const taskid = await runs.send(nextId, {
    ...{ call: { url: remote.url }, max_retries: 2, retry_intervals: [0.02] },
  });
  const failed = await runs.reaches(taskid, "failed");
  expect(failed).toMatchObject({ error: { type: "ConnectionFailed" }, attempts: [{}, {}, {}] });
  expect(remote.requests).toHaveLength(3);
  expect(await runs.redis.zscore(runs.keys.dead, taskid)).not.toBeNull();
});

test("what the remote says it has failed at is not tried again", async () => {
  remote.answer(failure("y must not be 0"));
  const taskid = await runs.send(nextId, { call: { url: remote.url } });
  const failed = await runs.reaches(taskid, "failed");
  expect(failed.error).toEqual({ type: "RemoteError", message: "y must not be 0" });
  expect(remote.requests).toHaveLength(1);
});

test("Retry-After is waited for, though the interval is shorter", async () => {
  let calls = 0;
  remote.answer(() =>
    ++calls === 1 ? { status: 429, headers: { "retry-after": "1" } } : success(1),
  );
  const taskid = await runs.send(nextId, {
    ...{ call: { url: remote.url }, retry_intervals: [0.01] },
  });
  await runs.reaches(taskid, "succeeded");
  const [first, second] = remote.requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test("a remote that answers 202 keeps the task running until it reports, and frees the slot", async () => {
  remote.answer({ status: 202 });
  const taskid = await runs.send(nextId, { call: { url: remote.url } });
  await remote.received(1);
  await until(async () => (await runs.reaches(taskid, "running")).reported_later);
  expect(
    await runs.transitions.report(taskid, { round: 0, attempt: 1 }, "succeeded", '"later"'),
  ).toBe("ended");
  expect(await runs.reaches(taskid, "succeeded")).toMatchObject({
    result: "later",
    attempts: [{ outcome: "accepted", status: 202 }],
  });
});

test("a cancelled task's call is given up at once, and its outcome changes nothing", async () => {
  remote.answer("hang");
  const taskid = await runs.send(nextId, { call: { url: remote.url, timeout: 60 } });
  await remote.received(1);
  expect(await runs.transitions.cancel(taskid)).toBe("changed");
  await until(async () => (await worker.metric("taskpulse_attempts_running")) === 0);
  expect(await runs.reaches(taskid, "cancelled")).toMatchObject({ error: null, result: null });
  await until(async () => (await runs.reaches(taskid, "cancelled")).attempts.length === 1);
  expect((await runs.reaches(taskid, "cancelled")).attempts).toMatchObject([
    { attempt: 1, outcome: "cancelled" },
  ]);
});

test("a task that was retried by hand runs again, in a new round with a webhook-id of its own", async () => {
  remote.answer(failure("not yet"));
  const taskid = await runs.send(nextId, { call: { url: remote.url } });
  await runs.reaches(taskid, "failed");
  remote.answer(success("now"));
  expect(await runs.transitions.retry(taskid)).toBe("changed");
  const done = await runs.reaches(taskid, "succeeded");
  expect(done).toMatchObject({ round: 1, attempts: [{ round: 0 }, { round: 1, attempt: 1 }] });
  expect(remote.requests.map(({ headers }) => headers["webhook-id"])).toEqual([
    `${taskid}-0-call`,
    `${taskid}-1-call`,
  ]);
});

test("a delayed task and one that waits for another run when it is their time", async () => {
  remote.answer(success(1));
  const first = await runs.send(nextId, { call: { url: `${remote.url}/first` }, delay: 0.3 });
  nextId += 1;
  const then = await runs.send(nextId, { call: { url: `${remote.url}/then` }, after: [first] });
  await runs.reaches(then, "succeeded");
  expect(remote.requests.map(({ path }) => path)).toEqual(["/first", "/then"]);
});

test("a burst runs once each, and what it leaves behind in the queues is nothing", async () => {
  remote.answer(success(1));
  const ids = await Promise.all(
    Array.from({ length: 300 }, (_, i) =>
      runs.send(10_000 + i, { call: { url: `${remote.url}/${i}`, method: "GET" } }),
    ),
  );
  for (const taskid of ids) await runs.reaches(taskid, "succeeded");
  const paths = remote.requests.map(({ path }) => path);
  expect(paths).toHaveLength(300);
  expect(new Set(paths).size).toBe(300);
  await sleep(50);
  const left = await runs.redis.keys(`${runs.keys.bullPrefix}:*:b*`);
  expect(left.filter((key) => /-\d+-\d+$/.test(key))).toEqual([]);
  expect(await runs.redis.zcard(runs.keys.held)).toBe(0);
});
