import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, untilReady } from "@taskpulse/runtime";
import { type Keys, readForward, readLastLogId, waitForNews } from "@taskpulse/store";
import type { Redis } from "ioredis";

const READ_TASKS = 500;
const WAIT_MS = 2_000;
const RETRY_MS = 250;

export interface MsgDialectOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  /** Opens a connection for blocking reads; closed again when nobody listens. */
  openBlocking: () => Redis;
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
  #blocking: Redis | null = null;

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
    if (this.#listeners.size === 0) this.#blocking?.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#blocking?.disconnect();
    await this.#running;
  }

  async #run(start: string): Promise<void> {
    const { redis, keys, log } = this.#options;
    const blocking = this.#options.openBlocking();
    this.#blocking = blocking;
    await untilReady(blocking, RETRY_MS);
    let at = start;
    while (this.#listeners.size > 0) {
      try {
        const tasks = await readForward(redis, keys, at, READ_TASKS);
        for (const { logId, json } of tasks) {
          at = logId;
          if (json !== null) this.#emit(logId, json);
        }
        if (tasks.length === 0) await waitForNews(blocking, keys, at, WAIT_MS);
      } catch (error) {
        if (this.#listeners.size === 0) break;
        log.debug({ err: error }, "the msg dialect waits for Redis");
        await sleep(RETRY_MS);
      }
    }
    this.#blocking = null;
    blocking.disconnect();
  }

  #emit(logId: string, json: string): void {
    for (const listener of this.#listeners.values()) {
      if (isAfter(logId, listener.after)) listener.emit(json);
    }
  }
}

function isAfter(a: string, b: string): boolean {
  const [aMs = 0, aSeq = 0] = a.split("-").map(Number);
  const [bMs = 0, bSeq = 0] = b.split("-").map(Number);
  return aMs > bMs || (aMs === bMs && aSeq > bSeq);
}
