import { setTimeout as sleep } from "node:timers/promises";
import { hideCredentialsInJson } from "@taskpulse/contract";
import { type Logger, within } from "@taskpulse/runtime";
import {
  compareLogIds,
  type Keys,
  type LoggedTask,
  readForward,
  readLastLogId,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { LogWatch } from "./log-watch.ts";

const READ_TASKS = 500;
const WAIT_MS = 2_000;
const RETRY_MS = 250;
const ANSWER_LIMIT_MS = 2_000;
/** How long sending may hold the event loop at a time, and how much longer it then rests. */
const SEND_BUDGET_MS = 4;
const REST_FACTOR = 2;

export interface MsgDialectOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  watch: LogWatch;
  /** To every socket here that has entered. */
  send: (json: string) => void;
}

/**
 * The tutorial's dialect: one message per task. Each node reads the log by itself, and only while
 * someone here listens, so that boards never pay for it. A message per task and socket is costly:
 * it gets a third of the event loop at most, so that taking tasks in goes first. Whoever listens
 * then lags behind, and what it lags behind waits in the log, not in memory.
 */
export class MsgDialect implements AsyncDisposable {
  readonly #options: MsgDialectOptions;
  /** By socket: the log id after which its messages begin, and how to let it in. */
  readonly #joining = new Map<string, { after: string; enter: () => void }>();
  readonly #listening = new Set<string>();
  #running: Promise<void> | null = null;

  constructor(options: MsgDialectOptions) {
    this.#options = options;
  }

  /** From now on, every task that is received is sent to the socket, once. Rejects if Redis is away. */
  async join(id: string, enter: () => void): Promise<void> {
    if (this.#joining.has(id) || this.#listening.has(id)) return;
    const after = await readLastLogId(this.#options.redis, this.#options.keys);
    this.#joining.set(id, { after, enter });
    this.#running ??= this.#run(after).finally(() => {
      this.#running = null;
    });
  }

  leave(id: string): void {
    this.#joining.delete(id);
    this.#listening.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#joining.clear();
    this.#listening.clear();
    this.#options.watch[Symbol.dispose]();
    await this.#running;
  }

  get #wanted(): boolean {
    return this.#joining.size + this.#listening.size > 0;
  }

  async #run(start: string): Promise<void> {
    const { redis, keys, log, watch } = this.#options;
    let at = start;
    while (this.#wanted) {
      try {
        const tasks = await within(ANSWER_LIMIT_MS, readForward(redis, keys, at, READ_TASKS));
        at = tasks.at(-1)?.logId ?? at;
        if (tasks.length > 0) await this.#sendAll(tasks);
        else await watch.wait({ logId: at }, WAIT_MS);
      } catch (error) {
        if (!this.#wanted) return;
        log.debug({ err: error }, "the msg dialect waits for Redis");
        await sleep(RETRY_MS);
      }
    }
  }

  async #sendAll(tasks: readonly LoggedTask[]): Promise<void> {
    let began = performance.now();
    for (const { logId, json } of tasks) {
      this.#letIn(logId);
      if (json !== null) this.#options.send(hideCredentialsInJson(json));
      const spentMs = performance.now() - began;
      if (spentMs < SEND_BUDGET_MS) continue;
      await sleep(REST_FACTOR * spentMs);
      began = performance.now();
    }
  }

  #letIn(logId: string): void {
    for (const [id, { after, enter }] of this.#joining) {
      if (compareLogIds(logId, after) <= 0) continue;
      this.#joining.delete(id);
      this.#listening.add(id);
      enter();
    }
  }
}
