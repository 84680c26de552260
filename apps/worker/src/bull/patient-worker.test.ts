import { createConnections, createLogger } from "@taskpulse/runtime";
import { createKeys } from "@taskpulse/store";
import { startRedis, tcpProxy, until } from "@taskpulse/test-kit";
import { Queue } from "bullmq";
import { expect, test } from "vitest";
import { connectForBull } from "./bull-connection.ts";
import { PatientWorker } from "./patient-worker.ts";

const { bullPrefix: prefix } = createKeys("bull-test");

/** A queue and a worker that notes what it has done, over one connection. */
async function startJobs(url: string) {
  const log = createLogger("worker", "silent");
  const stack = new AsyncDisposableStack();
  const connections = stack.use(
    createConnections({ config: { redisUrl: url }, part: "test", log }),
  );
  const connection = await connectForBull(connections);
  const done: string[] = [];
  const queue = new Queue("jobs", { connection, prefix });
  const worker = new PatientWorker("jobs", async (job) => done.push(job.name), {
    ...{ connection, prefix, drainDelay: 1, runRetryDelay: 100 },
    ...{ lockDuration: 2_000, stalledInterval: 1_000 },
  });
  stack.defer(() => worker.close());
  stack.defer(() => queue.close());
  queue.on("error", () => undefined);
  worker.on("error", () => undefined);
  await worker.waitUntilReady();
  const run = async (name: string) => {
    await until(() => queue.add(name, {}).catch(() => false), {
      what: "a job to be taken",
      timeoutMs: 15_000,
    });
    await until(() => done.includes(name), { what: `${name} to be done`, timeoutMs: 18_000 });
  };
  return { run, connection, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

test("jobs run, and everything that BullMQ keeps lies in our shard", async () => {
  await using redis = await startRedis();
  await using jobs = await startJobs(redis.url);
  await jobs.run("first");
  const keys = await jobs.connection.keys("*");
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(key).toMatch(/^bull-test:\{0\}:bull:jobs:/);
});

test("a worker goes on after Redis was killed, each time", async () => {
  await using redis = await startRedis();
  await using jobs = await startJobs(redis.url);
  for (const round of [1, 2, 3]) {
    await redis.kill();
    await redis.restart();
    await jobs.run(`after kill ${round}`);
  }
});

test("a worker goes on after connections were cut, and after they went silent", async () => {
  await using redis = await startRedis();
  await using proxy = await tcpProxy({ target: redis.url });
  await using jobs = await startJobs(`redis://${proxy.host}`);
  await jobs.run("before");
  proxy.cut();
  proxy.heal();
  await jobs.run("after a cut");
  // Nobody is told of these: commands are given up after 5 s, a blocked one a second after its time.
  proxy.strand();
  await jobs.run("after silence");
});
