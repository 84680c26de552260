import { randomUUID } from "node:crypto";
import {
  type Connections,
  Counter,
  Gauge,
  Histogram,
  type Logger,
  type Registry,
} from "@taskpulse/runtime";
import { type Keys, RUN_QUEUES, Transitions } from "@taskpulse/store";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { connectForBull } from "../bull/bull-connection.ts";
import { Feeder } from "../feed/feeder.ts";
import { Attempts, type AttemptsOptions } from "./attempts.ts";
import { followCancellations } from "./cancellations.ts";
import type { RunOutcome } from "./run-outcome.ts";
import { Runner } from "./runner.ts";

export interface RunsOptions extends Pick<AttemptsOptions, "execute" | "planOf"> {
  connections: Connections;
  /** For commands that are answered at once. */
  redis: Redis;
  keys: Keys;
  log: Logger;
  metrics: Registry;
  concurrency: number;
}

export interface Runs extends AsyncDisposable {
  /** Whether the queues can be reached now. */
  readonly connected: boolean;
}

/** Begins to run tasks. Disposing takes no more, lets what runs end, or interrupts it after some seconds. */
export async function startRuns(options: RunsOptions): Promise<Runs> {
  const { connections, redis, keys, log, metrics, concurrency, execute, planOf } = options;
  const { connect } = connections;
  await using stack = new AsyncDisposableStack();
  const connection = await connectForBull(connections);
  const transitions = new Transitions(redis, keys);
  const ended = countAttempts(metrics);
  const attempts = new Attempts({
    ...{ transitions, worker: randomUUID(), execute, planOf, ended, random: Math.random },
  });
  await followCancellations(await connect("cancel", "listens"), keys.cancelChannel, attempts);
  const { bullPrefix } = keys;
  const runner = stack.use(new Runner({ connection, bullPrefix, concurrency, attempts, log }));
  new Gauge({
    name: "taskpulse_attempts_running",
    help: "Attempts that are under way in this process.",
    registers: [metrics],
    collect() {
      this.set(runner.running);
    },
  });
  const queues = RUN_QUEUES.map((name) => stack.adopt(queueOf(name), (queue) => queue.close()));
  stack.use(
    new Feeder({
      ...{ redis, blocking: await connect("feed-wait", "waits") },
      ...{ keys, log, transitions, queues },
    }),
  );
  const owned = stack.move();
  return {
    get connected() {
      return connection.status === "ready";
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };

  function queueOf(name: string): Queue {
    const queue = new Queue(name, {
      ...{ connection, prefix: bullPrefix, skipMetasUpdate: true },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
      // Nobody reads the events; what happens to tasks is told by the store.
      streams: { events: { maxLen: 100 } },
    });
    queue.on("error", (error) => log.debug({ err: error, queue: name }, "the queue complains"));
    return queue;
  }
}

function countAttempts(metrics: Registry): (outcome: RunOutcome, ms: number) => void {
  const total = new Counter({
    name: "taskpulse_attempts_total",
    help: "Attempts that have ended in this process, by outcome; failed ones by the type of error.",
    labelNames: ["outcome", "error"],
    registers: [metrics],
  });
  const seconds = new Histogram({
    name: "taskpulse_attempt_seconds",
    help: "How long attempts took, from start to outcome.",
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
    registers: [metrics],
  });
  return (outcome, ms) => {
    total.inc({
      outcome: outcome.kind,
      error: outcome.kind === "failed" ? outcome.error.type : "",
    });
    seconds.observe(ms / 1_000);
  };
}
