import type { Task } from "@taskpulse/contract";
import type { StartReply, Transitions } from "@taskpulse/store";
import { endOfAttempt, INTERRUPTED } from "./attempt-record.ts";
import { insist } from "./insist.ts";
import type { RetryPlan } from "./retry-plan.ts";
import type { RunOutcome } from "./run-outcome.ts";

const DEFAULT_DEADLINE_SECONDS = 3_600;

/** What a task does when it is run; never rejects. */
export type Execute = (run: RunningTask, signal: AbortSignal) => Promise<RunOutcome>;

interface RunningTask {
  taskid: string;
  round: number;
  attempt: number;
  task: Task;
}

export interface AttemptsOptions {
  transitions: Transitions;
  /** Names this process among all workers, ever. */
  worker: string;
  execute: Execute;
  planOf: (task: Task) => RetryPlan;
  /** Told of every attempt that has ended here, and how long it took, in ms. */
  ended: (outcome: RunOutcome, ms: number) => void;
  /** From 0 to 1. */
  random: () => number;
}

/**
 * Runs attempts. Each is durable in the store before it begins, and its end is told until the store
 * has it, however long it is away; only then is its job done. If this process dies in between, the
 * queue gives the job to another, which finds the attempt begun: that one then counts as interrupted.
 */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #running = new Map<string, AbortController>();
  /** Those of them whose task was cancelled. */
  readonly #cancelled = new Set<string>();
  /** Aborted when what was done can't be told any more. */
  readonly #gone = new AbortController();
  #stopping = false;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Resolves when the attempt of this job has ended and is stored, or there is nothing to run. */
  async run(taskid: string, job: string): Promise<void> {
    // The queue has given it away because this process stood still, and back to it.
    if (this.#running.has(taskid)) return;
    const { transitions, worker } = this.#options;
    const controller = new AbortController();
    this.#running.set(taskid, controller);
    try {
      const started = await insist(() => transitions.start(taskid, worker, job), this.#gone.signal);
      if (started.kind === "stale") return;
      if (started.kind === "taken")
        await this.#end(taskid, started, INTERRUPTED, started.startedMs);
      else await this.#runStarted(taskid, started, controller.signal);
    } finally {
      this.#running.delete(taskid);
      this.#cancelled.delete(taskid);
    }
  }

  /** Gives up what is under way for a task, if it is under way here. */
  cancel(taskid: string): void {
    const running = this.#running.get(taskid);
    if (running === undefined) return;
    this.#cancelled.add(taskid);
    running.abort();
  }

  /** Gives up everything that is under way: it counts as interrupted. */
  interruptAll(): void {
    this.#stopping = true;
    for (const controller of this.#running.values()) controller.abort();
  }

  /** Stops telling, too. */
  abandon(): void {
    this.#gone.abort();
  }

  async #runStarted(
    taskid: string,
    started: Exclude<StartReply, { kind: "stale" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { execute, ended } = this.#options;
    const { round, attempt, task } = started;
    if (this.#stopping) return this.#end(taskid, started, INTERRUPTED, Date.now());
    const since = performance.now();
    const outcome = await execute({ taskid, round, attempt, task }, signal);
    const tookMs = performance.now() - since;
    ended(outcome, tookMs);
    await this.#end(taskid, started, outcome, Date.now() - tookMs);
  }

  async #end(
    taskid: string,
    { round, attempt, task }: Exclude<StartReply, { kind: "stale" }>,
    outcome: RunOutcome,
    startedMs: number,
  ): Promise<void> {
    const { transitions, planOf, random } = this.#options;
    const { attemptJson, verdict } = endOfAttempt(outcome, {
      ...{ round, attempt, startedMs, endedMs: Date.now(), random: random() },
      cancelled: this.#cancelled.has(taskid),
      plan: planOf(task),
      deadlineMs: (task.deadline ?? DEFAULT_DEADLINE_SECONDS) * 1_000,
    });
    const place = { taskid, round, attempt };
    // Cancelled meanwhile, or taken over by another: then this changes nothing.
    await insist(() => transitions.finish(place, attemptJson, verdict), this.#gone.signal);
  }
}
