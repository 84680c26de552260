import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isRedisAway, type Logger, type Notices, within } from "@taskpulse/runtime";
import {
  type ClaimedDelivery,
  claimDeliveries,
  type Keys,
  releaseClaims,
  renewClaims,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { Callers } from "./callers.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import { judgeTry, type TryResult } from "./judge-try.ts";
import type { SubscriptionBook } from "./subscription-book.ts";
import { tellOutcome } from "./tell-outcome.ts";
import { TryRecorder } from "./try-recorder.ts";

/** How much one worker has under way. Half of it is kept for endpoints whose last delivery arrived. */
const MOST = 50;
const MOST_UNPROVEN = 25;
const MOST_CHARS = 33_554_432;
/** A claim that is not renewed for so long goes to another worker. */
const HOLD_MS = 5_000;
const RENEW_EVERY_MS = 1_500;
/** The longest sleep; whoever makes something that is due says so. */
const MOST_SLEEP_MS = 5_000;
const AWAY_RETRY_MS = 250;
const ANSWER_LIMIT_MS = 2_000;
/** What is under way when the worker stops gets so long; then others send it again. */
const STOP_GRACE_MS = 3_000;
const COMPLAIN_EVERY_MS = 60_000;

export interface DeliverySenderOptions {
  redis: Redis;
  keys: Keys;
  callers: Callers;
  book: SubscriptionBook;
  log: Logger;
  notices: Notices;
  metrics: Pick<DeliveryMetrics, "tried" | "ended">;
  nowMs?: () => number;
  random?: () => number;
}

/**
 * Sends what is due. Every worker has one; who sends what is decided by claims in Redis, which go
 * back when they are not renewed. Sleeps until something is due or somebody says that something is.
 */
export class DeliverySender implements AsyncDisposable {
  readonly #options: DeliverySenderOptions;
  readonly #worker = randomUUID();
  readonly #underWay = new Map<string, ClaimedDelivery>();
  readonly #sent = new Set<Promise<void>>();
  readonly #recorder: TryRecorder;
  /** Ends the claiming, then the calls, then the recording. */
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  readonly #complainedAt = new Map<string, number>();
  #wake: () => void = () => {};
  #renewal: NodeJS.Timeout | null = null;
  #claims = 0;
  #unproven = 0;
  #chars = 0;

  constructor(options: DeliverySenderOptions) {
    this.#options = options;
    this.#recorder = new TryRecorder(options.redis, options.keys, this.#end.signal);
    this.#done = this.#run();
  }

  /** How many are under way here. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Looks for what is due now, not only when something should be. */
  lookNow(): void {
    this.#wake();
  }

  /** Takes nothing more, lets what is under way end for some seconds, and gives the rest back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#done;
    const cut = setTimeout(() => this.#cut.abort(), STOP_GRACE_MS);
    const end = setTimeout(() => this.#end.abort(), STOP_GRACE_MS + ANSWER_LIMIT_MS);
    await Promise.all(this.#sent);
    clearTimeout(cut);
    clearTimeout(end);
    if (this.#renewal !== null) clearInterval(this.#renewal);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // Set up before the look, so that what is said during it leads to another one.
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const forMs = await this.#look();
      if (signal.aborted) return;
      if (forMs > 0) {
        await sleep(forMs, undefined, { signal: woken.signal }).catch(() => {
          // Woken.
        });
      }
    }
  }

  /** Claims and begins what there is room for; returns how long there is nothing to do. */
  async #look(): Promise<number> {
    const { redis, keys, log } = this.#options;
    const most = MOST - this.#underWay.size;
    const mostChars = MOST_CHARS - this.#chars;
    // Whatever ends wakes it.
    if (most <= 0 || mostChars <= 0) return MOST_SLEEP_MS;
    this.#claims += 1;
    try {
      const { claimed, nextInMs, version } = await within(
        ANSWER_LIMIT_MS,
        claimDeliveries(redis, keys, {
          ...{ token: `${this.#worker}.${this.#claims}`, most, mostChars, holdMs: HOLD_MS },
          mostUnproven: MOST_UNPROVEN - this.#unproven,
        }),
      );
      for (const claim of claimed) this.#begin(claim, version);
      if (claimed.length >= most) return MOST_SLEEP_MS;
      return Math.min(nextInMs ?? MOST_SLEEP_MS, MOST_SLEEP_MS);
    } catch (error) {
      // The connection's own log says that Redis is away. What was claimed meanwhile comes back.
      if (!isRedisAway(error)) log.error({ err: error }, "webhooks that are due can't be claimed");
      return AWAY_RETRY_MS;
    }
  }

  #begin(claim: ClaimedDelivery, version: number): void {
    const chars = claim.body.length;
    this.#underWay.set(claim.deliveryid, claim);
    this.#chars += chars;
    if (!claim.proven) this.#unproven += 1;
    this.#renewal ??= setInterval(() => void this.#renew(), RENEW_EVERY_MS);
    const sent = this.#send(claim, version).finally(() => {
      this.#sent.delete(sent);
      // It may have been claimed once more meanwhile.
      if (this.#underWay.get(claim.deliveryid) === claim) this.#underWay.delete(claim.deliveryid);
      this.#chars -= chars;
      if (!claim.proven) this.#unproven -= 1;
      if (this.#underWay.size === 0 && this.#renewal !== null) {
        clearInterval(this.#renewal);
        this.#renewal = null;
      }
      this.#wake();
    });
    this.#sent.add(sent);
  }

  async #send(claim: ClaimedDelivery, version: number): Promise<void> {
    const { redis, keys, log, nowMs = Date.now, random = Math.random } = this.#options;
    const at = nowMs();
    const startedAt = performance.now();
    try {
      const result = await this.#call(claim, version);
      if (result.kind === "aborted") {
        await within(ANSWER_LIMIT_MS, releaseClaims(redis, keys, [claim]));
        return;
      }
      const ms = Math.round(performance.now() - startedAt);
      this.#options.metrics.tried(result, ms);
      const finished = judgeTry(claim, result, { at, ms }, random());
      const outcome = await this.#recorder.record(finished);
      if (outcome.kind === "lost") return;
      this.#options.metrics.ended(outcome);
      tellOutcome(this.#options.notices, claim, result, outcome);
    } catch (error) {
      // The claim runs out, and it is sent again: by whoever is there then.
      if (this.#stop.signal.aborted || isRedisAway(error)) return;
      log.error({ err: error, deliveryid: claim.deliveryid }, "a webhook could not be sent");
    }
  }

  async #call(claim: ClaimedDelivery, version: number): Promise<TryResult | { kind: "aborted" }> {
    const { callers, book, nowMs = Date.now } = this.#options;
    const { deliveryid: id, request, body } = claim;
    const { method, url, headers, cookies, auth, timeout } = request;
    const caller = callers.get(request.caller);
    if (caller === undefined) {
      const message = `this worker has no caller named ${request.caller}`;
      return { kind: "broken", error: { type: "UnknownCaller", message } };
    }
    const secrets = await book.secretsOf(claim, version, nowMs());
    const { signal } = this.#cut;
    const timeoutMs = timeout * 1_000;
    try {
      return await caller.call({
        ...{ id, method, url, headers, cookies, auth, body, secrets, timeoutMs, signal },
      });
    } catch (error) {
      this.#complain(request.caller, error);
      return { kind: "broken", error: { type: "CallerError", message: "the caller failed" } };
    }
  }

  async #renew(): Promise<void> {
    const { redis, keys } = this.#options;
    await within(
      ANSWER_LIMIT_MS,
      renewClaims(redis, keys, [...this.#underWay.values()], HOLD_MS),
    ).catch(() => {
      // Redis is away: should that last, what is under way will be sent once more.
    });
  }

  /** A caller that is broken is so for every delivery: once a minute is enough. */
  #complain(caller: string, error: unknown): void {
    const now = performance.now();
    if (now - (this.#complainedAt.get(caller) ?? Number.NEGATIVE_INFINITY) < COMPLAIN_EVERY_MS)
      return;
    this.#complainedAt.set(caller, now);
    this.#options.log.error({ err: error, caller }, "a caller of result webhooks failed");
  }
}
