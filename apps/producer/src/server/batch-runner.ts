import { setTimeout as sleep } from "node:timers/promises";
import { type BatchView, MAX_DELIVERY_TRIES, type Priority } from "@taskpulse/contract";
import type { Logger } from "@taskpulse/runtime";
import type { Recorded, SendOutcome } from "@taskpulse/store";
import { type BackoffPolicy, DELIVERY_BACKOFF, nextTryDelayMs } from "./backoff.ts";
import { OutcomeRecorder } from "./outcome-recorder.ts";
import { PendingTasks } from "./pending-tasks.ts";
import { RetryQueue } from "./retry-queue.ts";
import { TaskGenerator } from "./task-generator.ts";
import { WaitingSlots } from "./waiting-slots.ts";
import type { SendResult, WebhookMessage } from "./webhook-sender.ts";
import type { TryResult } from "./webhook-try.ts";

/** No new task is begun while so many wait for a retry, or so many outcomes are not stored. */
const MAX_WAITING_RETRIES = 1_000;
const MAX_UNRECORDED = 1_000;
/** How long making tasks may hold up the event loop at a time. */
const GENERATE_BUDGET_MS = 4;
const STOP_LIMIT_MS = 3_000;

export type Send = (message: WebhookMessage, isWanted: () => boolean) => Promise<SendResult>;

export interface BatchRunnerOptions {
  batch: BatchView;
  round: number;
  /** Where the batch stands in the store. */
  readProgress: () => Promise<{ settled: Uint8Array; tries: ReadonlyMap<number, number> }>;
  record: (outcomes: readonly SendOutcome[]) => Promise<Recorded>;
  /** The outcome is `withdrawn` if it was not wanted any more when its turn came. */
  send: Send;
  /** False while the lease may have run out: nothing new is sent then. */
  holdsLease: () => boolean;
  log: Logger;
  tries?: number;
  backoff?: BackoffPolicy;
  random?: () => number;
}

interface Job {
  taskIndex: number;
  /** Tries before this one. */
  tries: number;
}

/**
 * Sends the tasks of one batch. As many slots as the batch has `concurrency` each send a task, wait
 * for its outcome and then for the batch's wait time; a task that failed leaves its slot and comes
 * back when its retry is due. A runner ends when the batch has, when it is told to stop, or when
 * another producer has the batch; it never changes the batch's state itself.
 */
export class BatchRunner {
  readonly #options: BatchRunnerOptions;
  readonly #log: Logger;
  readonly #generator: TaskGenerator;
  readonly #retries = new RetryQueue();
  readonly #recorder: OutcomeRecorder;
  readonly #slots = new WaitingSlots();
  readonly #stopping = new AbortController();
  readonly #bodyStart: string;
  #pending: PendingTasks;
  #round: number;
  #reloading = false;
  #retryTimer: NodeJS.Timeout | null = null;
  #retryTimerAt = 0;
  #makingTasks = false;

  constructor(options: BatchRunnerOptions) {
    const { batch, round, log, record } = options;
    this.#options = options;
    this.#log = log.child({ batchid: batch.batchid });
    this.#generator = new TaskGenerator(batch);
    this.#pending = new PendingTasks(batch.total, new Uint8Array(0));
    this.#round = round;
    this.#bodyStart = `{"batchid":${JSON.stringify(batch.batchid)},"id":`;
    this.#recorder = new OutcomeRecorder({
      record,
      onRecorded: (outcomes, reply) => this.#recorded(outcomes, reply),
      log: this.#log,
    });
  }

  /** Resolves when nothing is in flight any more; rejects only when the store can't be read. */
  async run(): Promise<void> {
    await this.#load();
    const slots = Array.from({ length: this.#options.batch.concurrency }, () => this.#runSlot());
    await Promise.all(slots);
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    if (!(await this.#recorder.settled(STOP_LIMIT_MS))) {
      this.#log.warn({ waiting: this.#recorder.waiting }, "stopped with outcomes not stored");
      this.#recorder.drop();
    }
  }

  /** Begins nothing new; what is in flight ends and is recorded before `run` resolves. */
  stop(): void {
    this.#stopping.abort();
    this.#slots.wakeAll();
  }

  /** Stops and records nothing more, as if the process had died. */
  abandon(): void {
    this.#recorder.drop();
    this.stop();
  }

  /** To be called regularly: after an outage, and when undelivered tasks are to be sent again. */
  lookAgain(round: number): void {
    if (round !== this.#round) void this.#reload(round);
    else this.#slots.wakeAll();
  }

  async #load(): Promise<void> {
    const { settled, tries } = await this.#options.readProgress();
    this.#pending.reset(settled);
    const { backoff = DELIVERY_BACKOFF, random = Math.random } = this.#options;
    const now = performance.now();
    for (const [taskIndex, done] of tries) {
      if (this.#pending.isSettled(taskIndex)) continue;
      // How long it has waited already is not known: somewhere within its wait.
      const waitMs = random() * nextTryDelayMs(backoff, done, null, random());
      this.#pending.markBusy(taskIndex);
      this.#retries.push({ taskIndex, tries: done, dueAt: now + waitMs });
    }
  }

  async #reload(round: number): Promise<void> {
    if (this.#reloading || this.#stopping.signal.aborted) return;
    this.#reloading = true;
    try {
      await this.#recorder.settled(STOP_LIMIT_MS);
      this.#pending.reset((await this.#options.readProgress()).settled);
      this.#round = round;
    } catch (error) {
      this.#log.warn({ err: error }, "could not read what to send again; will try again");
    } finally {
      this.#reloading = false;
      this.#slots.wakeAll();
    }
  }

  async #runSlot(): Promise<void> {
    const { waitSeconds } = this.#options.batch;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const job = this.#nextJob();
      if (job === null) {
        this.#armRetryTimer();
        await this.#slots.wait();
        continue;
      }
      await this.#sendOnce(job);
      if (waitSeconds > 0) await sleep(waitSeconds * 1_000, undefined, { signal }).catch(() => {});
    }
  }

  #nextJob(): Job | null {
    if (this.#reloading || !this.#maySend()) return null;
    if (this.#recorder.waiting >= MAX_UNRECORDED) return null;
    const retry = this.#retries.takeDue(performance.now());
    if (retry !== null) {
      if (this.#hasTask(retry.taskIndex)) return retry;
      this.#retries.push(retry);
      return null;
    }
    if (this.#retries.size >= MAX_WAITING_RETRIES) return null;
    const taskIndex = this.#pending.peek();
    if (taskIndex === null || !this.#hasTask(taskIndex)) return null;
    this.#pending.markBusy(taskIndex);
    return { taskIndex, tries: 0 };
  }

  /** False while it is still being made; the slots are woken when more are there. */
  #hasTask(taskIndex: number): boolean {
    if (taskIndex < this.#generator.size) return true;
    if (this.#makingTasks) return false;
    if (this.#generator.makeUpTo(taskIndex, GENERATE_BUDGET_MS)) return true;
    this.#makingTasks = true;
    setImmediate(() => {
      this.#makingTasks = false;
      this.#slots.wakeAll();
    });
    return false;
  }

  async #sendOnce({ taskIndex, tries }: Job): Promise<void> {
    const { owner, priority } = this.#generator.at(taskIndex);
    const body = `${this.#bodyStart}${taskIndex},"owner":${JSON.stringify(owner)},"priority":"${priority}"}`;
    const id = `${this.#options.batch.batchid}-${taskIndex}`;
    const result = await this.#options.send({ id, body }, this.#maySend);
    if (result.kind === "withdrawn") {
      this.#retries.push({ taskIndex, tries, dueAt: performance.now() });
      return;
    }
    this.#recorder.add(this.#judge({ taskIndex, tries: tries + 1, owner, priority }, result));
  }

  readonly #maySend = (): boolean => !this.#stopping.signal.aborted && this.#options.holdsLease();

  #judge(
    task: { taskIndex: number; tries: number; owner: string; priority: Priority },
    result: TryResult,
  ): SendOutcome {
    const { ms, status } = result;
    const limit = this.#options.tries ?? MAX_DELIVERY_TRIES;
    switch (result.kind) {
      case "delivered":
        return { ...task, status, ms, result: { kind: "delivered" } };
      case "failed": {
        if (task.tries >= limit) {
          return { ...task, status, ms, result: { kind: "undelivered", reason: result.reason } };
        }
        const { backoff = DELIVERY_BACKOFF, random = Math.random } = this.#options;
        const retryInMs = nextTryDelayMs(backoff, task.tries, result.retryAfterMs, random());
        this.#retries.push({
          taskIndex: task.taskIndex,
          tries: task.tries,
          dueAt: performance.now() + retryInMs,
        });
        this.#armRetryTimer();
        return { ...task, status, ms, result: { kind: "retry", reason: result.reason, retryInMs } };
      }
      default:
        return result satisfies never;
    }
  }

  #recorded(outcomes: readonly SendOutcome[], reply: Recorded): void {
    if (reply.kind !== "recorded") {
      this.#log.info({ reply: reply.kind }, "the batch is not ours any more");
      this.abandon();
      return;
    }
    for (const { taskIndex, result } of outcomes) {
      if (result.kind !== "retry") this.#pending.markSettled(taskIndex);
    }
    if (reply.state !== "running") this.stop();
    else if (reply.round !== this.#round) void this.#reload(reply.round);
    // Slots wait here when too much was not stored; most of the time there is nobody to wake.
    if (this.#recorder.waiting < MAX_UNRECORDED) this.#slots.wakeAll();
  }

  /**
   * One timer, for the earliest retry that is not due yet. Those that are due wait for a slot that
   * becomes free, or for the store: both look by themselves.
   */
  #armRetryTimer(): void {
    const dueAt = this.#retries.nextDueAt;
    const now = performance.now();
    if (dueAt === null || dueAt <= now || this.#stopping.signal.aborted) return;
    if (this.#retryTimer !== null) {
      if (this.#retryTimerAt <= dueAt) return;
      clearTimeout(this.#retryTimer);
    }
    this.#retryTimerAt = dueAt;
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = null;
        this.#slots.wakeAll();
      },
      Math.ceil(dueAt - now),
    );
  }
}
