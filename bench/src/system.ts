import type { Summary } from "@taskpulse/contract";
import { freePort, startRedis, until } from "@taskpulse/test-kit";
import { Redis } from "ioredis";
import { startChild } from "./child.ts";
import { BENCH_SECRET } from "./signed.ts";

/** Redis as the launcher runs it, one consumer, one producer, one worker, and the bare server, each a process. */
export interface System extends AsyncDisposable {
  consumer: string;
  redisUrl: string;
  worker: string;
  producer: string;
  bare: string;
  summary(): Promise<Summary>;
  /** How many tasks are stored once nothing is under way any more. */
  settledTotal(): Promise<number>;
  /** Redis' `used_memory`, in bytes. */
  redisMemory(): Promise<number>;
  /** How many commands Redis has run since it started, those inside scripts included. */
  redisCommands(): Promise<number>;
  /** Throws when the store does not hold exactly what was acknowledged. */
  expectStored(total: number, what: string): Promise<void>;
}

export async function startSystem(): Promise<System> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startRedis());
  const client = new Redis(server.url);
  stack.defer(() => client.disconnect());
  const [consumerPort, producerPort, workerPort, barePort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const env = {
    REDIS_URL: server.url,
    CONSUMER_PORT: String(consumerPort),
    PRODUCER_PORT: String(producerPort),
    WORKER_PORT: String(workerPort),
    LOG_LEVEL: "warn",
    HOST: "127.0.0.1",
    WEBHOOK_SECRET: BENCH_SECRET,
    // For the scenarios that measure what signatures cost; one that is there must verify all the same.
    REQUIRE_SIGNATURE: "false",
  };
  const app = (name: string) =>
    startChild(`../../apps/${name}/src/main.ts`, [], {
      cwd: `../../apps/${name}`,
      env,
    });
  stack.use(await app("consumer"));
  stack.use(await app("producer"));
  stack.use(await app("worker"));
  stack.use(await startChild("./bare-server.ts", [String(barePort)]));
  const consumer = `http://127.0.0.1:${consumerPort}`;
  const summary = async () => (await (await fetch(`${consumer}/api/summary`)).json()) as Summary;
  return {
    consumer,
    redisUrl: server.url,
    worker: `http://127.0.0.1:${workerPort}`,
    producer: `http://127.0.0.1:${producerPort}`,
    bare: `http://127.0.0.1:${barePort}`,
    summary,
    async settledTotal() {
      let last = -1;
      return until(
        async () => {
          const { total } = await summary();
          const settled = total === last;
          last = total;
          return settled ? { total } : null;
        },
        { everyMs: 250, what: "the store to come to rest" },
      ).then(({ total }) => total);
    },
    async redisMemory() {
      return Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
    },
    async redisCommands() {
      return Number(/total_commands_processed:(\d+)/.exec(await client.info("stats"))?.[1]);
    },
    async expectStored(total, what) {
      const stored = (await summary()).total;
      if (stored !== total) {
        throw new Error(`${what}: ${total} tasks were acknowledged, ${stored} are stored`);
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
