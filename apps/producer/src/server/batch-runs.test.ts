import { captureServer, freePort, startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SentEvent, startProducerUnderTest } from "../fixtures/producer-under-test.ts";

const quick = { firstMs: 30, maxMs: 200, jitter: 0.2 };
let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

function finalIndexes(events: readonly SentEvent[]): number[] {
  return events
    .flatMap((event) => (event.event === "task" ? [event.data.index] : []))
    .sort((a, b) => a - b);
}

const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test("delivers every task once, in order, with the wait between", async () => {
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: `${receiver.url}/consumetasks`,
  });
  const { batchid } = await producer.start({ count: 5, waitSeconds: 0.05, seed: 7 });
  const done = await producer.reaches(batchid, "done");
  expect(done).toMatchObject({ total: 5, delivered: 5, failed: 0, retrying: 0, seed: 7 });
  expect(done.ended_at).not.toBeNull();

  const bodies = receiver.requests.map(({ body }) => JSON.parse(body));
  expect(bodies.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
  expect(bodies.every((body) => body.batchid === batchid)).toBe(true);
  expect(receiver.requests[0]).toMatchObject({ method: "POST", path: "/consumetasks" });
  expect(receiver.requests[0]?.headers["content-type"]).toBe("application/json");
  const times = receiver.requests.map(({ at }) => at);
  for (let i = 1; i < 5; i += 1) {
    expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(45);
  }

  const events = await producer.events(batchid);
  expect(events.map(({ event }) => event)).toEqual([...Array(5).fill("task"), "done"]);
  expect(events[0]?.data).toMatchObject({
    ...{ index: 1, total: 5, status: 200, attempts: 1 },
    task: bodies[0],
  });
  expect(events.at(-1)?.data).toEqual({
    batchid,
    state: "done",
    total: 5,
    delivered: 5,
    failed: 0,
  });
});

test("sends at most `concurrency` at once", async () => {
  await using receiver = await captureServer();
  let open = 0;
  let most = 0;
  const full = Promise.withResolvers<void>();
  receiver.answer(async () => {
    open += 1;
    most = Math.max(most, open);
    if (open === 4) full.resolve();
    // However slowly the first ones come, all four are there before one is answered.
    await full.promise;
    await new Promise((resolve) => setTimeout(resolve, 5));
    open -= 1;
    return {};
  });
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: receiver.url,
  });
  const { batchid } = await producer.start({ count: 60, waitSeconds: 0, concurrency: 4 });
  await producer.reaches(batchid, "done");
  expect(most).toBe(4);
  expect(finalIndexes(await producer.events(batchid))).toEqual(oneTo(60));
});

test("a receiver that is down and comes back gets everything, each task once", async () => {
  const port = await freePort();
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: `http://127.0.0.1:${port}/consumetasks`,
    backoff: quick,
    tries: 50,
  });
  const { batchid } = await producer.start({ count: 20, waitSeconds: 0, concurrency: 4 });
  await until(async () => (await producer.batch(batchid)).retrying === 20);
  await using receiver = await captureServer({ port });
  const done = await producer.reaches(batchid, "done");
  expect(done).toMatchObject({ delivered: 20, failed: 0, retrying: 0 });

  const events = await producer.events(batchid);
  expect(finalIndexes(events)).toEqual(oneTo(20));
  const attempt = events.find(({ event }) => event === "attempt");
  expect(attempt?.data).toMatchObject({ status: null, attempts: 1, reason: "connection refused" });
  expect(attempt?.data).toHaveProperty("retryInMs");
  const final = events.find(({ event }) => event === "task");
  expect(final?.data).toMatchObject({ status: 200 });
  expect(final?.event === "task" && final.data.attempts).toBeGreaterThan(1);
  expect(receiver.requests.length).toBe(20);
});

test.each([503, 400])(
  "after eight tries answered %i a task is undelivered, and can be sent again",
  async (status) => {
    await using receiver = await captureServer();
    receiver.answer({ status, body: { reason: "the store is away" } });
    await using producer = await startProducerUnderTest({
      redisUrl: redis.url,
      receiverUrl: receiver.url,
      backoff: { firstMs: 2, maxMs: 10, jitter: 0 },
    });
    const { batchid } = await producer.start({ count: 3, waitSeconds: 0 });
    const failed = await producer.reaches(batchid, "done");
    expect(failed).toMatchObject({ delivered: 0, failed: 3, retrying: 0 });
    expect(receiver.requests.length).toBe(24);
    const events = await producer.events(batchid);
    expect(events.filter(({ event }) => event === "attempt").length).toBe(21);
    expect(events.find(({ event }) => event === "task")?.data).toMatchObject({
      ...{ status, attempts: 8, reason: "the store is away" },
    });

    receiver.answer({ status: 200 });
    const again = await producer.call("POST", `/api/batches/${batchid}/retry`);
    expect(again.body).toMatchObject({ state: "running", failed: 0, ended_at: null });
    expect(await producer.reaches(batchid, "done")).toMatchObject({ delivered: 3, failed: 0 });
    expect(receiver.requests.length).toBe(27);
    // A reader from the beginning is not stopped by the first end.
    const all = await producer.events(batchid);
    expect(finalIndexes(all)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(all.filter(({ event }) => event === "done").length).toBe(1);
  },
);

test("a receiver that never answers, or never ends its answer, is given up after the time limit", async () => {
  await using receiver = await captureServer();
  receiver.answer("hang");
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: receiver.url,
    ...{ tries: 1, timeoutMs: 150 },
  });
  const { batchid } = await producer.start({ count: 2, waitSeconds: 0, concurrency: 2 });
  expect(await producer.reaches(batchid, "done")).toMatchObject({ failed: 2 });
  const [first] = await producer.events(batchid);
  expect(first?.data).toMatchObject({ status: null, reason: "no answer within 0.15 s" });
  const ms = first?.event === "task" ? first.data.ms : Number.NaN;
  expect(ms).toBeGreaterThanOrEqual(145);
  // The point is that it ends at all: nothing else would end it in less than 30 s.
  expect(ms).toBeLessThan(10_000);
});

test("pause holds, resume goes on, cancel ends; what can't be done is refused", async () => {
  await using receiver = await captureServer();
  await using producer = await startProducerUnderTest({
    redisUrl: redis.url,
    receiverUrl: receiver.url,
  });
  const { batchid } = await producer.start({ count: 1_000, waitSeconds: 0.02 });
  const path = `/api/batches/${batchid}`;
  await receiver.received(3);
  expect((await producer.call("POST", `${path}/pause`)).body).toMatchObject({ state: "paused" });
  expect((await producer.call("POST", `${path}/pause`)).status).toBe(200);
  await until(() => producer.supervisor.running === 0, { what: "the runner to be gone" });
  const sent = receiver.requests.length;
  expect((await producer.batch(batchid)).delivered).toBe(sent);
  expect((await producer.call("POST", `${path}/retry`)).status).toBe(409);

  expect((await producer.call("POST", `${path}/resume`)).body).toMatchObject({ state: "running" });
  await receiver.received(sent + 3);
  expect((await producer.call("POST", `${path}/cancel`)).body).toMatchObject({
    state: "cancelled",
  });
  const events = await producer.events(batchid);
  expect(events.at(-1)).toMatchObject({ event: "done", data: { state: "cancelled" } });
  expect(finalIndexes(events)).toEqual(oneTo(receiver.requests.length));
  expect((await producer.call("POST", `${path}/cancel`)).status).toBe(200);
  for (const command of ["pause", "resume", "retry"]) {
    expect(await producer.call("POST", `${path}/${command}`)).toMatchObject({
      status: 409,
      body: { code: "batch_ended" },
    });
  }
});
