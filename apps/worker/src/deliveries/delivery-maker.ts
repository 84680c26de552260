import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskDetail } from "@taskpulse/contract";
import { isRedisAway, type Logger, type Notices, within } from "@taskpulse/runtime";
import {
  createDeliveries,
  type DeliveryRetention,
  deliveryLeaseKey,
  endpointOf,
  type Keys,
  keepDeliveries,
  type NewDelivery,
  type OutboxEntry,
  readTask,
  releaseLease,
  type StoredSubscription,
  stepReplayJob,
  takeLease,
  waitForDeliveryNews,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import type { SubscriptionBook } from "./subscription-book.ts";
import { taskDeliveries } from "./task-deliveries.ts";

/**
 * States of a maker, one per worker:
 * - standby: another worker holds the lease; waits for news of what is due, and asks again after that.
 * - making: makes the deliveries of ended tasks, moves replays of many on, and forgets what is old.
 * - away: Redis does not answer, or is full; tries again every AWAY_RETRY_MS.
 *
 * A task leaves the outbox in the same step that stores its deliveries, and their ids follow from
 * it: whoever dies loses none, and whoever comes next makes none twice.
 */
const LEASE_MS = 4_000;
/** The longest wait for news; the lease must outlive it. */
const WAIT_MS = 1_200;
const WAIT_GRACE_MS = 600;
const AWAY_RETRY_MS = 250;
const ANSWER_LIMIT_MS = 2_000;
/** Tasks may be 1 MiB large, and so may be what they returned. */
const MOST_TASKS = 32;
const MOST_PER_CALL = 200;
const MOST_CHARS_PER_CALL = 524_288;
const CHORES_EVERY_MS = 10_000;
/** After news: a replay of many may have been asked for. */
const CHORES_SOON_MS = 500;
const BLOCKED_RETRY_MS = 1_000;

export interface DeliveryMakerOptions {
  redis: Redis;
  /** Nothing else uses it. */
  blocking: Redis;
  keys: Keys;
  book: SubscriptionBook;
  retention: DeliveryRetention;
  log: Logger;
  notices: Notices;
  metrics: DeliveryMetrics;
  /** Something may be due. */
  onDue: () => void;
  nowMs?: () => number;
}

/** Makes deliveries, on one worker at a time. */
export class DeliveryMaker implements AsyncDisposable {
  readonly #options: DeliveryMakerOptions;
  readonly #token = randomUUID();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #wakeId = "0-0";
  #choresAt = 0;

  constructor(options: DeliveryMakerOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const { redis, blocking, keys } = this.#options;
    blocking.disconnect();
    await this.#done;
    const released = releaseLease(redis, deliveryLeaseKey(keys), this.#token);
    await within(ANSWER_LIMIT_MS, released).catch(() => {
      // Redis is away: the lease expires by itself.
    });
  }

  async #run(): Promise<void> {
    const { redis, keys, log } = this.#options;
    let away = false;
    while (!this.#stop.signal.aborted) {
      try {
        const lease = takeLease(redis, deliveryLeaseKey(keys), this.#token, LEASE_MS);
        await this.#step(await within(ANSWER_LIMIT_MS, lease));
        away = false;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        // Of an outage the connection tells; once is enough for anything else that lasts.
        if (!away && !isRedisAway(error)) {
          log.error({ err: error }, "result webhooks can't be made; trying again");
        }
        away = true;
        await this.#pause(AWAY_RETRY_MS);
      }
    }
  }

  async #step(leads: boolean): Promise<void> {
    const untilChores = leads ? this.#choresAt - performance.now() : WAIT_MS;
    // 0 would mean for ever.
    const forMs = Math.ceil(Math.min(Math.max(untilChores, 1), WAIT_MS));
    const news = await this.#wait(leads ? MOST_TASKS : 0, forMs);
    this.#wakeId = news.wakeId;
    if (news.woken) {
      this.#options.onDue();
      this.#choresAt = Math.min(this.#choresAt, performance.now() + CHORES_SOON_MS);
    }
    if (!leads) return;
    if (news.ended.length > 0) await this.#make(news.ended);
    if (performance.now() >= this.#choresAt) await this.#chores();
  }

  async #wait(most: number, forMs: number) {
    const { blocking, keys } = this.#options;
    const wish = { wakeId: this.#wakeId, most, forMs };
    try {
      return await within(forMs + WAIT_GRACE_MS, waitForDeliveryNews(blocking, keys, wish));
    } catch (error) {
      // A connection that was cut without a word never answers again; a new one may.
      if (blocking.status === "ready" && !this.#stop.signal.aborted) blocking.disconnect(true);
      throw error;
    }
  }

  async #make(entries: readonly OutboxEntry[]): Promise<void> {
    const { redis, keys, book, notices } = this.#options;
    const reading = entries.map(({ taskid }) => readTask(redis, keys, taskid));
    const tasks = await within(ANSWER_LIMIT_MS, Promise.all(reading));
    const subscriptions = [...(await within(ANSWER_LIMIT_MS, book.subscriptions()))];
    const group = new Group();
    for (const [i, { entryId, taskid }] of entries.entries()) {
      const task = tasks[i];
      if (task === null || task === undefined) {
        const sentence = "tasks were forgotten before their result webhooks were made";
        notices.tell("webhook_task_forgotten", sentence, taskid);
      } else {
        for (const delivery of this.#plan(task, subscriptions)) {
          if (group.isFull(delivery)) await this.#store(group);
          group.add(delivery);
        }
      }
      group.doneWith.push(entryId);
    }
    await this.#store(group);
  }

  /** One whose webhooks can't be made, because of a fault of ours, must not hold up all others. */
  #plan(task: TaskDetail, subscriptions: readonly StoredSubscription[]): NewDelivery[] {
    const { log, nowMs = Date.now } = this.#options;
    try {
      const planned = [...taskDeliveries(task, subscriptions, nowMs())];
      for (const { request } of planned) endpointOf(request.url);
      return planned;
    } catch (error) {
      log.error({ err: error, taskid: task.taskid }, "a task's result webhooks can't be made");
      return [];
    }
  }

  async #store(group: Group): Promise<void> {
    const { redis, keys, metrics, onDue } = this.#options;
    const { deliveries, doneWith } = group.take();
    const made = await within(ANSWER_LIMIT_MS, createDeliveries(redis, keys, deliveries, doneWith));
    for (const how of ["made", "failed"] as const) {
      metrics.made(how, made.filter((each) => each === how).length);
    }
    if (deliveries.length > 0) onDue();
  }

  async #chores(): Promise<void> {
    this.#choresAt = performance.now() + CHORES_EVERY_MS;
    const { redis, keys, retention, onDue } = this.#options;
    const { removed, openJobs } = await within(
      ANSWER_LIMIT_MS,
      keepDeliveries(redis, keys, retention),
    );
    // The next round goes on with what was not finished.
    if (removed > 0) this.#choresAt = 0;
    for (const jobid of openJobs) {
      const step = await within(ANSWER_LIMIT_MS, stepReplayJob(redis, keys, jobid));
      const againMs = { more: 0, blocked: BLOCKED_RETRY_MS, done: CHORES_EVERY_MS }[step];
      this.#choresAt = Math.min(this.#choresAt, performance.now() + againMs);
      onDue();
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {
      // Only a stop ends the pause early.
    });
  }
}

/** What one call stores: an entry of the outbox goes with the last of its deliveries. */
class Group {
  #deliveries: NewDelivery[] = [];
  #bodyid = "";
  #chars = 0;
  doneWith: string[] = [];

  isFull({ body }: NewDelivery): boolean {
    if (this.#deliveries.length === 0) return false;
    const more = body.bodyid === this.#bodyid ? 0 : body.text.length;
    return this.#deliveries.length >= MOST_PER_CALL || this.#chars + more > MOST_CHARS_PER_CALL;
  }

  add(delivery: NewDelivery): void {
    const { body } = delivery;
    if (body.bodyid !== this.#bodyid) this.#chars += body.text.length;
    this.#bodyid = body.bodyid;
    this.#deliveries.push(delivery);
  }

  take(): { deliveries: NewDelivery[]; doneWith: string[] } {
    const taken = { deliveries: this.#deliveries, doneWith: this.doneWith };
    this.#deliveries = [];
    this.#bodyid = "";
    this.#chars = 0;
    this.doneWith = [];
    return taken;
  }
}
