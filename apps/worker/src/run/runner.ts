import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@taskpulse/runtime";
import { RUN_QUEUES } from "@taskpulse/store";
import { type Job, WaitingError } from "bullmq";
import type { Redis } from "ioredis";
import { PatientWorker } from "../bull/patient-worker.ts";
import { taskidOfJob } from "../feed/job-id.ts";
import type { Attempts } from "./attempts.ts";
import { Slots, SlotsClosed } from "./slots.ts";

/** A worker that is silent for so long has lost its jobs to the others. */
const LOCK_MS = 4_000;
const STALLED_LOOK_MS = 4_000;
/** How long a look for jobs waits in Redis. */
const DRAIN_SECONDS = 8;
/** A job that a worker lost is no fault of its task: attempts are counted elsewhere. */
const MOST_STALLS = 1_000_000;
const AWAY_RETRY_MS = 250;
/** How long what runs may go on after a stop was asked for; then it is interrupted. */
const GRACE_MS = 5_500;
const TELL_MS = 1_500;

export interface RunnerOptions {
  /** For BullMQ: see `connectForBull`. */
  connection: Redis;
  bullPrefix: string;
  concurrency: number;
  attempts: Attempts;
  log: Logger;
}

/** Takes jobs from the four queues and runs them in a number of slots that they share by weight. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #slots: Slots;
  readonly #workers: PatientWorker<unknown, void>[];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrency);
    this.#workers = RUN_QUEUES.map((name, digit) => this.#serve(name, digit));
  }

  /** How many slots are in use: for the metrics. */
  get running(): number {
    return this.#slots.used;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { attempts, log } = this.#options;
    this.#slots.close();
    const idle = Promise.all(this.#workers.map((worker) => worker.close()));
    const stopped = idle.then(() => true);
    if (await Promise.race([stopped, sleep(GRACE_MS, false, { ref: false })])) return;
    log.info({ attempts: attempts.running }, "attempts are interrupted; they are taken up again");
    attempts.interruptAll();
    if (await Promise.race([stopped, sleep(TELL_MS, false, { ref: false })])) return;
    attempts.abandon();
    await Promise.all(this.#workers.map((worker) => worker.close(true)));
  }

  #serve(name: string, digit: number): PatientWorker<unknown, void> {
    const { connection, bullPrefix, concurrency, log } = this.#options;
    const worker = new PatientWorker<unknown, void>(
      name,
      (job, token) => this.#run(job, token, digit),
      {
        connection,
        prefix: bullPrefix,
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: STALLED_LOOK_MS,
        maxStalledCount: MOST_STALLS,
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
        runRetryDelay: AWAY_RETRY_MS,
        drainDelay: DRAIN_SECONDS,
      },
    );
    // Redis is away, or a job was lost to another worker: both are handled where they matter.
    worker.on("error", (error) => log.debug({ err: error, queue: name }, "the queue complains"));
    worker.on("failed", (_job, error) => log.error({ err: error, queue: name }, "a job failed"));
    return worker;
  }

  async #run(job: Job, token: string | undefined, digit: number): Promise<void> {
    const id = job.id ?? "";
    const release = await this.#slots.acquire(digit).catch(async (error: unknown) => {
      if (!(error instanceof SlotsClosed)) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    });
    try {
      await this.#options.attempts.run(taskidOfJob(id), id);
    } finally {
      release();
    }
  }
}
