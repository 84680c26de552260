import type { Redis } from "ioredis";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import { connectRedis, type RedisRole, untilReady } from "./redis.ts";
import { RefusedStart } from "./run-app.ts";

/** How long Redis may take to answer at start: reading a large store from disk takes its time. */
const START_LIMIT_MS = 30_000;

export interface ConnectionsOptions {
  config: Pick<Config, "redisUrl">;
  /** Whose connections these are; shown in `CLIENT LIST` before the name of each. */
  part: string;
  log: Logger;
  startLimitMs?: number;
}

/** The connections to Redis that one process has; disposing closes all of them. */
export interface Connections extends AsyncDisposable {
  /**
   * Opens one more and waits until it can be used. Rejects when Redis has not answered for 30 s:
   * that may pass, so it is worth another start.
   */
  connect(name: string, role?: RedisRole): Promise<Redis>;
  /** Opens one more for whoever waits by themselves until it can be used. */
  open(name: string, role?: RedisRole): Redis;
}

/** @throws RefusedStart when there is no address */
export function createConnections({
  config: { redisUrl: url },
  part,
  log,
  startLimitMs = START_LIMIT_MS,
}: ConnectionsOptions): Connections {
  if (url === undefined) {
    throw new RefusedStart("REDIS_URL is not set; npm start provides a Redis.");
  }
  const opened = new Set<Redis>();
  const open = (name: string, role: RedisRole = "commands") => {
    const redis = connectRedis({ url, name: `${part}:${name}`, log, role });
    opened.add(redis);
    return redis;
  };
  return {
    open,
    async connect(name, role) {
      const redis = open(name, role);
      if (await untilReady(redis, startLimitMs)) return redis;
      throw new Error(`Redis has not answered for ${startLimitMs / 1_000} s`);
    },
    async [Symbol.asyncDispose]() {
      for (const redis of opened) redis.disconnect();
    },
  };
}
