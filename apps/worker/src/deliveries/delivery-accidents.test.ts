import {
  createReplayJob,
  deliveryLeaseKey,
  endpointOf,
  readDelivery,
  readDeliveryPage,
  readEndpoint,
  readReplayJob,
} from "@taskpulse/store";
import { captureServer, freePort, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { deliver, deliveryReaches } from "../fixtures/deliveries-under-test.ts";
import { startReceiver } from "../fixtures/receiver.ts";
import { runWorker } from "../fixtures/running-worker.ts";
import { startRunsUnderTest } from "../fixtures/runs-under-test.ts";
import { startWorkerProcess } from "../fixtures/worker-process.ts";

const SUCCESS = { body: { status: "success", retval: 1 } };

test.concurrent("a webhook whose worker is killed while it sends it arrives within seconds, with the same id", async () => {
  await using runs = await startRunsUnderTest();
  await using remote = await captureServer();
  await using receiver = await startReceiver();
  remote.answer(SUCCESS);
  receiver.answer((_request, nth) => (nth === 1 ? "hang" : {}));
  await using first = await startWorkerProcess(runs.server.url, runs.env);
  const taskid = await runs.send(1, {
    call: { url: remote.url },
    webhook: { url: receiver.url, timeout: 60, max_retries: 0 },
  });
  await receiver.server.received(1);
  await using second = await startWorkerProcess(runs.server.url, runs.env);
  const killedAt = performance.now();
  await first.signal("SIGKILL");
  await receiver.server.received(2, { timeoutMs: 15_000 });
  expect(performance.now() - killedAt).toBeLessThan(9_000);
  expect(receiver.received().map(({ id }) => id)).toEqual([`${taskid}-0`, `${taskid}-0`]);
  const [one, two] = receiver.received();
  expect(two?.request.body).toBe(one?.request.body);
  const delivery = await deliveryReaches(runs, `${taskid}-0`, "delivered");
  expect(delivery.attempts).toMatchObject([{ error: { type: "Interrupted" } }, { status: 200 }]);
  expect(second.child.exitCode).toBeNull();
}, 40_000);

test.concurrent("a receiver that takes its time gets a webhook once, though another worker is idle", async () => {
  await using runs = await startRunsUnderTest();
  await using receiver = await startReceiver();
  receiver.answer({ delayMs: 7_000 });
  await using _first = await runWorker(runs.server.url, runs.env);
  await using _second = await runWorker(runs.server.url, runs.env);
  const [id = ""] = await deliver(runs, [receiver.url], { timeout: 30 });
  await deliveryReaches(runs, id, "delivered", 20_000);
  expect(receiver.received().length).toBe(1);
}, 40_000);

test.concurrent("of a worker that is killed before it made the webhooks, another one makes them", async () => {
  await using runs = await startRunsUnderTest();
  await using remote = await captureServer();
  await using receiver = await startReceiver();
  remote.answer(SUCCESS);
  const taskids = await (async () => {
    // Nobody makes webhooks while this one seems to do it.
    await runs.redis.set(deliveryLeaseKey(runs.keys), "someone", "PX", 60_000);
    await using _worker = await runWorker(runs.server.url, runs.env);
    const sent = await Promise.all(
      [1, 2, 3].map((id) =>
        runs.send(id, { call: { url: remote.url }, webhook: { url: receiver.url } }),
      ),
    );
    for (const taskid of sent) await runs.reaches(taskid, "succeeded");
    return sent;
  })();
  expect(await runs.redis.xlen(runs.keys.ended)).toBe(3);
  expect(receiver.received()).toEqual([]);
  await runs.redis.del(deliveryLeaseKey(runs.keys));
  await using _next = await runWorker(runs.server.url, runs.env);
  await receiver.server.received(3);
  expect(
    receiver
      .received()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(taskids.map((taskid) => `${taskid}-0`).sort());
  await until(async () => (await runs.redis.xlen(runs.keys.ended)) === 0);
}, 40_000);

test.concurrent("Redis is killed and comes back, time after time: each webhook arrives, and is recorded", async () => {
  await using runs = await startRunsUnderTest();
  await using remote = await captureServer();
  await using receiver = await startReceiver();
  remote.answer(SUCCESS);
  receiver.answer({ delayMs: 300 });
  await using _worker = await runWorker(runs.server.url, runs.env);
  const expected: string[] = [];
  for (let round = 1; round <= 3; round++) {
    const webhook = { url: receiver.url };
    const taskid = await runs.send(round, { call: { url: remote.url }, webhook });
    expected.push(`${taskid}-0`);
    await receiver.server.received(round);
    // While the receiver takes its time.
    await runs.server.kill();
    await runs.server.restart();
    await until(async () => (await runs.redis.ping().catch(() => "")) === "PONG");
    await deliveryReaches(runs, `${taskid}-0`, "delivered", 12_000);
  }
  expect(receiver.received().map(({ id }) => id)).toEqual(expected);
}, 60_000);

test.concurrent("a start finds all that waited: due, retrying, in the outbox, and dead letters", async () => {
  await using runs = await startRunsUnderTest();
  await using receiver = await startReceiver();
  receiver.answer({ status: 500 });
  const [dead] = await deliver(runs, [`${receiver.url}/dead`], { max_retries: 0 });
  const [retrying] = await deliver(runs, [`${receiver.url}/retrying`], { retry_intervals: [1] });
  {
    await using _worker = await runWorker(runs.server.url, runs.env);
    await deliveryReaches(runs, dead ?? "", "failed");
    await until(
      async () => (await readDelivery(runs.redis, runs.keys, retrying ?? ""))?.tries === 1,
    );
  }
  const [due] = await deliver(runs, [`${receiver.url}/due`]);
  await runs.server.restart();
  await until(async () => (await runs.redis.ping().catch(() => "")) === "PONG");
  receiver.answer({});
  await using _next = await runWorker(runs.server.url, runs.env);
  await deliveryReaches(runs, retrying ?? "", "delivered");
  await deliveryReaches(runs, due ?? "", "delivered");
  const page = await readDeliveryPage(runs.redis, runs.keys, { state: "failed", limit: 5 });
  expect(page.deliveries.map(({ deliveryid }) => deliveryid)).toEqual([dead]);
}, 40_000);

test.concurrent("what is under way when a worker stops is given to another at once", async () => {
  await using runs = await startRunsUnderTest();
  await using receiver = await startReceiver();
  receiver.answer((_request, nth) => (nth === 1 ? "hang" : {}));
  const first = await runWorker(runs.server.url, runs.env);
  const [id] = await deliver(runs, [receiver.url], { timeout: 60, max_retries: 0 });
  await receiver.server.received(1);
  await using _second = await runWorker(runs.server.url, runs.env);
  const since = performance.now();
  await first[Symbol.asyncDispose]();
  expect(performance.now() - since).toBeLessThan(6_000);
  const delivery = await deliveryReaches(runs, id ?? "", "delivered", 2_000);
  expect(delivery.attempts.length).toBe(1);
}, 40_000);

test.concurrent("a replay of many survives that its worker is killed, and sends each once more", async () => {
  await using runs = await startRunsUnderTest();
  await using receiver = await startReceiver();
  receiver.answer({ status: 404 });
  const first = await startWorkerProcess(runs.server.url, runs.env);
  const urls = Array.from({ length: 600 }, (_, i) => `${receiver.url}/${i}`);
  const ids = await deliver(runs, urls, { max_retries: 0 });
  const totals = async () => (await readDeliveryPage(runs.redis, runs.keys, { limit: 1 })).totals;
  await until(async () => (await totals()).failed === 600, { timeoutMs: 30_000 });
  receiver.answer({});
  const before = receiver.server.requests.length;
  await createReplayJob(runs.redis, runs.keys, "job", { state: "failed" });
  await receiver.server.received(before + 20, { timeoutMs: 15_000 });
  await first.signal("SIGKILL");
  await using _second = await startWorkerProcess(runs.server.url, runs.env);
  await until(async () => (await totals()).delivered === 600, { timeoutMs: 30_000 });
  expect(await readReplayJob(runs.redis, runs.keys, "job")).toMatchObject({
    ...{ state: "done", total: 600, looked: 600, replayed: 600 },
  });
  const again = receiver
    .received()
    .slice(before)
    .map(({ id }) => id);
  expect(new Set(again)).toEqual(new Set(ids));
  // At least once: those that were under way when the worker was killed may have come twice.
  expect(again.length).toBeLessThanOrEqual(650);
}, 90_000);

test.concurrent("two workers share a circuit: a dead address is hardly asked, and found well again", async () => {
  await using runs = await startRunsUnderTest();
  await using receiver = await startReceiver();
  receiver.answer({ status: 503 });
  await using _first = await runWorker(runs.server.url, runs.env);
  await using _second = await runWorker(runs.server.url, runs.env);
  const urls = Array.from({ length: 100 }, () => receiver.url);
  const ids = await deliver(runs, urls, { retry_intervals: [0], max_retries: 10 });
  const { endpointid } = endpointOf(receiver.url);
  const circuit = async () => (await readEndpoint(runs.redis, runs.keys, endpointid))?.circuit;
  await until(async () => (await circuit()) === "open");
  const asked = receiver.server.requests.length;
  // Five failures in a row, and what was under way then.
  expect(asked).toBeGreaterThanOrEqual(5);
  expect(asked).toBeLessThanOrEqual(7);
  receiver.answer({});
  for (const id of ids) await deliveryReaches(runs, id, "delivered", 15_000);
  expect(await circuit()).toBe("closed");
  // All tries that an open circuit held back were spared.
  expect(receiver.server.requests.length).toBeLessThanOrEqual(asked + 101);
}, 40_000);

test.concurrent("what hangs, refuses or fails does not slow what is well", async () => {
  await using runs = await startRunsUnderTest();
  await using live = await startReceiver();
  await using hanging = await captureServer();
  await using failing = await captureServer();
  hanging.answer("hang");
  failing.answer({ status: 500 });
  await using _worker = await runWorker(runs.server.url, runs.env);
  const measure = async (count: number) => {
    const tookMs: number[] = [];
    for (let i = 0; i < count; i++) {
      const before = live.server.requests.length;
      const since = performance.now();
      await deliver(runs, [live.url]);
      await until(() => live.server.requests.length > before, { everyMs: 1 });
      tookMs.push(performance.now() - since);
    }
    return tookMs.sort((a, b) => a - b);
  };
  const alone = await measure(50);
  const refused = `http://127.0.0.1:${await freePort()}`;
  const dead = Array.from({ length: 1_000 }, (_, i) => [
    `${hanging.url}/${i % 40}`,
    `${refused}/${i}`,
    `${failing.url}/${i % 40}`,
  ]).flat();
  await deliver(runs, dead, { timeout: 2, retry_intervals: [0.1], max_retries: 10 });
  await until(() => hanging.requests.length > 10 && failing.requests.length > 40);
  const beside = await measure(50);
  const median = (sorted: number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0;
  expect(median(beside)).toBeLessThan(median(alone) + 250);
}, 90_000);
