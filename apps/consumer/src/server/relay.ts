import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Frame, parseCursor, type StoreReach } from "@taskpulse/contract";
import { type Logger, within } from "@taskpulse/runtime";
import { advanceRelay, type Keys, openStore, releaseLease, takeLease } from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { LogWatch } from "./log-watch.ts";

/**
 * States of a relay, one per consumer:
 * - standby: another consumer holds the lease; asks for it every LEASE_RETRY_MS.
 * - leading: broadcasts what is new. At once when idle, then every `window` ms, which widens from
 *   16 to 50 while frames are large. Idle, it sends an empty frame every HEARTBEAT_MS, so that a
 *   board that missed the last one finds out.
 * - away: Redis does not answer; tries again every AWAY_RETRY_MS and tells the boards here.
 * standby → leading when the lease is taken; leading → standby when it is lost; any → away when
 * Redis fails; away → standby when it answers.
 *
 * Which interval a frame covers is decided in Redis (see `advanceRelay`), so that two relays that
 * both believe to lead for a moment never send overlapping frames.
 */
const LEASE_MS = 2_000;
const LEASE_RETRY_MS = 500;
const AWAY_RETRY_MS = 250;
const HEARTBEAT_MS = 2_000;
const WAIT_MS = 900;
const ANSWER_LIMIT_MS = 1_500;
const MIN_WINDOW_MS = 16;
const MAX_WINDOW_MS = 50;
/** A frame with more tasks and changes than this widens the window. */
const LARGE_FRAME_ITEMS = 100;

export interface RelayOptions {
  redis: Redis;
  watch: LogWatch;
  keys: Keys;
  log: Logger;
  broadcast: (frame: Frame) => void;
  /** Told on every change of whether the store can be reached from here. */
  onReach: (reach: StoreReach) => void;
}

export class Relay implements AsyncDisposable {
  readonly #options: RelayOptions;
  readonly #token = randomUUID();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #reach: StoreReach = "back";

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  get reach(): StoreReach {
    return this.#reach;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const { redis, watch, keys } = this.#options;
    watch[Symbol.dispose]();
    await this.#done;
    await within(ANSWER_LIMIT_MS, releaseLease(redis, keys.relayLease, this.#token)).catch(() => {
      // Redis is away: the lease expires by itself.
    });
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const leads = await this.#ask(
          takeLease(this.#options.redis, this.#options.keys.relayLease, this.#token, LEASE_MS),
        );
        this.#changeReach("back");
        if (leads) await this.#lead();
        else await this.#pause(LEASE_RETRY_MS);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (this.#reach === "back") {
          const reason = error instanceof Error ? error.message : String(error);
          this.#options.log.warn({ reason }, "the store can't be reached; boards are told");
        }
        this.#changeReach("away");
        await this.#pause(AWAY_RETRY_MS);
      }
    }
  }

  async #lead(): Promise<void> {
    const { redis, keys, broadcast } = this.#options;
    let windowMs = MIN_WINDOW_MS;
    // The first frame goes out even if empty: whoever led before may have lost one on the way.
    let lastSentAt = Number.NEGATIVE_INFINITY;
    while (!this.#stop.signal.aborted) {
      const frame = await this.#ask(advanceRelay(redis, keys, this.#token, LEASE_MS));
      if (frame === null) return;
      if (frame.epoch === "") {
        await this.#ask(openStore(redis, keys));
        continue;
      }
      const news = frame.from !== frame.cursor;
      if (news || performance.now() - lastSentAt >= HEARTBEAT_MS) {
        broadcast(frame);
        lastSentAt = performance.now();
      }
      if (news) {
        windowMs = nextWindow(windowMs, frame);
        await this.#pause(windowMs);
      } else {
        windowMs = MIN_WINDOW_MS;
        await this.#waitForNews(frame.cursor);
      }
    }
  }

  async #waitForNews(cursor: string): Promise<void> {
    const at = parseCursor(cursor);
    if (at === null) throw new Error("the store gave a cursor that can't be read");
    const { ms, seq, changeMs, changeSeq } = at;
    const position = { logId: `${ms}-${seq}`, change: `${changeMs}-${changeSeq}` };
    await this.#options.watch.wait(position, WAIT_MS);
  }

  #ask<T>(reply: Promise<T>): Promise<T> {
    return within(ANSWER_LIMIT_MS, reply);
  }

  #changeReach(reach: StoreReach): void {
    if (this.#reach === reach) return;
    this.#reach = reach;
    this.#options.onReach(reach);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {
      // Only a stop ends the pause early.
    });
  }
}

function nextWindow(windowMs: number, frame: Frame): number {
  const items = frame.tasks.length + frame.changes.length;
  const large = frame.skipped > 0 || frame.changesSkipped > 0 || items > LARGE_FRAME_ITEMS;
  const next = large ? windowMs * 1.5 : windowMs / 1.5;
  return Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, next));
}
