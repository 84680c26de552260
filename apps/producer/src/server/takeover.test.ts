import { createConnections, createLogger } from "@taskpulse/runtime";
import { captureServer, startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProducerUnderTest } from "../fixtures/producer-under-test.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

test("of two producers one runs a batch; when it dies the other goes on, every task once", async () => {
  await using receiver = await captureServer();
  const options = { redisUrl: redis.url, receiverUrl: receiver.url };
  await using first = await startProducerUnderTest(options);
  await using second = await startProducerUnderTest({ ...options, keys: first.keys });
  const { batchid, seed } = await first.start({ count: 300, waitSeconds: 0.02, concurrency: 2 });
  await receiver.received(20);
  expect(first.supervisor.running + second.supervisor.running).toBe(1);

  const [runs, other] = first.supervisor.running === 1 ? [first, second] : [second, first];
  await runs.supervisor.abandon();
  // Its lease of 3 s ends, and the other looks once a second.
  await until(() => other.supervisor.running === 1, { what: "the other to take over" });
  const done = await other.reaches(batchid, "done");
  expect(done).toMatchObject({ delivered: 300, failed: 0, seed });

  const finals = (await other.events(batchid)).filter(({ event }) => event === "task");
  expect(new Set(finals.map(({ data }) => (data as { index: number }).index)).size).toBe(300);
  expect(finals.length).toBe(300);
  // What was in flight when it died may arrive twice, but it is the same task.
  const owners = new Map<number, string>();
  for (const { body } of receiver.requests) {
    const task = JSON.parse(body);
    expect(owners.get(task.id) ?? task.owner).toBe(task.owner);
    owners.set(task.id, task.owner);
  }
  expect(owners.size).toBe(300);
});

test("a clean stop records what is in flight and gives the batch back at once", async () => {
  await using receiver = await captureServer();
  let answered = 0;
  const stopping = Promise.withResolvers<void>();
  receiver.answer(async () => {
    answered += 1;
    // The tenth and what comes after it are answered only while the first producer stops.
    if (answered >= 10) await stopping.promise;
    return {};
  });
  const options = { redisUrl: redis.url, receiverUrl: receiver.url };
  const first = await startProducerUnderTest(options);
  const { batchid } = await first.start({ count: 40, waitSeconds: 0, concurrency: 4 });
  await receiver.received(10);
  const stopped = first[Symbol.asyncDispose]();
  stopping.resolve();
  await stopped;
  const log = createLogger("test", "silent");
  const config = { redisUrl: redis.url };
  await using connections = createConnections({ config, part: "test", log });
  const looks = await connections.connect("looks");
  expect(await looks.keys(`${first.keys.batchPrefix}lease:*`)).toEqual([]);
  await using second = await startProducerUnderTest({ ...options, keys: first.keys });
  expect(await second.reaches(batchid, "done")).toMatchObject({ delivered: 40 });
  expect(receiver.requests.length).toBe(40);
});

test("pause from another producer reaches the one that runs the batch", async () => {
  await using receiver = await captureServer();
  const options = { redisUrl: redis.url, receiverUrl: receiver.url };
  await using first = await startProducerUnderTest(options);
  const { batchid } = await first.start({ count: 1_000, waitSeconds: 0.01 });
  await until(() => first.supervisor.running === 1);
  await using second = await startProducerUnderTest({ ...options, keys: first.keys });
  await second.call("POST", `/api/batches/${batchid}/pause`);
  await until(() => first.supervisor.running === 0);
  await second.call("POST", `/api/batches/${batchid}/cancel`);
  const events = await second.events(batchid);
  expect(events.at(-1)).toMatchObject({ event: "done", data: { state: "cancelled" } });
});

test.each(["SIGKILL", "SIGSTOP"] as const)(
  "Redis away (%s) in the middle: sending holds, then goes on, every task once",
  async (signal) => {
    await using own = await startRedis();
    await using receiver = await captureServer();
    await using producer = await startProducerUnderTest({
      redisUrl: own.url,
      receiverUrl: receiver.url,
    });
    const { batchid } = await producer.start({ count: 3_000, waitSeconds: 0.005, concurrency: 16 });
    await receiver.received(200);
    await own.kill(signal);
    const answeredAfter = performance.now();
    const refused = await fetch(`${producer.url}/api/batches/${batchid}`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    // After 1.5 s; without that limit it would be 5 s.
    expect(performance.now() - answeredAfter).toBeLessThan(4_000);
    let before = -1;
    await until(
      () => {
        const holds = receiver.requests.length === before;
        before = receiver.requests.length;
        return holds;
      },
      { everyMs: 300, what: "sending to hold" },
    );
    expect(before).toBeLessThan(3_000);
    if (signal === "SIGKILL") await own.restart();
    else await own.kill("SIGCONT");
    expect(await producer.reaches(batchid, "done")).toMatchObject({ delivered: 3_000, failed: 0 });
    const events = await producer.events(batchid);
    const finals = events.filter(({ event }) => event === "task");
    expect(finals.length).toBe(3_000);
    expect(receiver.requests.length).toBe(3_000);
  },
);
