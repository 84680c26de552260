import { Redis } from "ioredis";
import { keepSubscribed } from "./keep-subscribed.ts";
import type { Logger } from "./logger.ts";

/** How long a command may go unanswered before the connection counts as dead, in ms. */
const SILENCE_MS = 5_000;
const PING_EVERY_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 500;
/** Redis guesses how long it will still read its data, often by seconds too long. */
const LOADING_LOOK_MS = 50;

export interface RedisOptions {
  url: string;
  /** Shown in `CLIENT LIST`. */
  name: string;
  log: Logger;
  role?: RedisRole;
}

/**
 * - `commands` are answered at once, so silence means that the connection is dead.
 * - `listens`: in subscriber mode.
 * - `waits`: for blocking commands; whoever waits bounds the wait and reconnects.
 *
 * The first two ask now and then whether anyone is there, so that a connection that was cut without
 * a word is replaced before it is needed.
 */
export type RedisRole = "commands" | "listens" | "waits";

/**
 * One connection to Redis. Commands fail at once while it is away instead of queueing, and are
 * never sent twice by the client: whoever needs a retry decides it where the meaning of the
 * command is known. It reconnects for ever, at most half a second apart.
 */
export function connectRedis({ url, name, log, role = "commands" }: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    connectTimeout: 2_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Rejects what was under way when the connection goes; null would leave it unanswered for ever.
    maxRetriesPerRequest: 0,
    noDelay: true,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 10), MAX_RECONNECT_DELAY_MS),
    maxLoadingRetryTime: LOADING_LOOK_MS,
    reconnectOnError: (error) => /READONLY|UNBLOCKED/.test(error.message),
    ...(role === "waits" ? {} : { socketTimeout: SILENCE_MS }),
    autoResubscribe: false,
  });
  if (role === "listens") keepSubscribed(redis, log);
  reportOutages(redis, name, log);
  if (role !== "waits") keepAsking(redis);
  return redis;
}

/** An unanswered PING makes ioredis give the connection up, as any other command does. */
function keepAsking(redis: Redis): void {
  const timer = setInterval(() => {
    if (redis.status !== "ready") return;
    redis.ping().catch(() => {
      // The connection went meanwhile; its outage is reported elsewhere.
    });
  }, PING_EVERY_MS);
  redis.once("end", () => clearInterval(timer));
}

/** The connections of this process that are away now, and since when the first of them is. */
const away = new Set<Redis>();
let awaySince = 0;

/** One line when Redis goes and one when it is back, however many connections and tries there are. */
function reportOutages(redis: Redis, name: string, log: Logger): void {
  redis.on("error", (error: Error) => {
    if (away.size === 0) {
      awaySince = performance.now();
      log.warn({ connection: name, reason: error.message }, "Redis is away");
    }
    away.add(redis);
  });
  redis.on("ready", () => {
    if (!away.delete(redis) || away.size > 0) return;
    log.info({ awayMs: Math.round(performance.now() - awaySince) }, "Redis is back");
  });
  redis.once("end", () => away.delete(redis));
}

/** Resolves once commands can be sent; false when that takes longer than `limitMs`. */
export async function untilReady(redis: Redis, limitMs: number): Promise<boolean> {
  if (redis.status === "ready") return true;
  return new Promise((resolve) => {
    const ready = () => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      redis.off("ready", ready);
      resolve(false);
    }, limitMs);
    redis.once("ready", ready);
  });
}
