import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, within } from "@taskpulse/runtime";
import { compareLogIds, type Keys, readForward, readLastLogId } from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { LogWatch } from "./log-watch.ts";

const READ_TASKS = 500;
const WAIT_MS = 2_000;
const RETRY_MS = 250;
const ANSWER_LIMIT_MS = 2_000;

export interface MsgDialectOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  watch: LogWatch;
}

/** One that joined, and the log id after which its messages begin. */
interface Listener {
  emit: (json: string) => void;
  after: string;
}

/**
 * The tutorial's dialect: one message per task. Each node reads the log by itself, and only while
 * someone here listens, so that boards never pay for it.
 */
export class MsgDialect implements AsyncDisposable {
  readonly #options: MsgDialectOptions;
  readonly #listeners = new Map<string, Listener>();
  #running: Promise<void> | null = null;

  constructor(options: MsgDialectOptions) {
    this.#options = options;
  }

  /** From now on, every task that is received goes to `emit`, once. Rejects if Redis is away. */
  async join(id: string, emit: (json: string) => void): Promise<void> {
    if (this.#listeners.has(id)) return;
    const after = await readLastLogId(this.#options.redis, this.#options.keys);
    this.#listeners.set(id, { emit, after });
    this.#running ??= this.#run(after).finally(() => {
      this.#running = null;
    });
  }

  leave(id: string): void {
    this.#listeners.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#options.watch[Symbol.dispose]();
    await this.#running;
  }

  async #run(start: string): Promise<void> {
    const { redis, keys, log, watch } = this.#options;
    let at = start;
    while (this.#listeners.size > 0) {
      try {
        const tasks = await within(ANSWER_LIMIT_MS, readForward(redis, keys, at, READ_TASKS));
        for (const { logId, json } of tasks) {
          at = logId;
          if (json !== null) this.#emit(logId, json);
        }
        if (tasks.length === 0) await watch.wait(at, WAIT_MS);
      } catch (error) {
        if (this.#listeners.size === 0) break;
        log.debug({ err: error }, "the msg dialect waits for Redis");
        await sleep(RETRY_MS);
      }
    }
  }

  #emit(logId: string, json: string): void {
    for (const listener of this.#listeners.values()) {
      if (compareLogIds(logId, listener.after) > 0) listener.emit(json);
    }
  }
}
