import { LateAnswer, within } from "@taskpulse/runtime/within";
import { Redis } from "ioredis";
import { Refusal } from "../early/refusal.mjs";

const CONNECT_LIMIT_MS = 5_000;

/** The address without what must not be shown. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  // ioredis takes options, a password among them, from the query, too.
  shown.search = "";
  return shown.href;
}

/**
 * Looks at the Redis that REDIS_URL names.
 *
 * @returns one sentence per setting that puts acknowledged tasks at risk
 * @throws Refusal when it does not answer within 5 s
 */
export async function checkExternalRedis(url: string): Promise<string[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_LIMIT_MS,
    commandTimeout: CONNECT_LIMIT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
  });
  let reason = "no answer within 5 s";
  redis.on("error", (error: Error) => {
    reason = error.message;
  });
  try {
    await within(
      CONNECT_LIMIT_MS,
      redis.connect().then(() => redis.ping()),
    );
    return await persistenceWarnings(redis);
  } catch (error) {
    const late = error instanceof LateAnswer;
    const told = error instanceof Error && !late && !/closed|timed out/i.test(error.message);
    throw new Refusal(
      `REDIS_URL ${withoutPassword(url)} can't be used: ${told ? error.message : reason}.`,
    );
  } finally {
    redis.disconnect();
  }
}

async function persistenceWarnings(redis: Redis): Promise<string[]> {
  let settings: Map<string, string>;
  try {
    const reply = await redis.config("GET", "appendonly", "appendfsync", "maxmemory-policy");
    settings = new Map(pairs(reply));
  } catch {
    return [
      "This Redis does not tell its settings (CONFIG is forbidden): make sure that it has appendonly yes, appendfsync always and maxmemory-policy noeviction.",
    ];
  }
  return settingWarnings(settings);
}

export function settingWarnings(settings: ReadonlyMap<string, string>): string[] {
  const warnings: string[] = [];
  const fsync = settings.get("appendfsync");
  if (settings.get("appendonly") !== "yes") {
    warnings.push(
      "This Redis has no append-only file (appendonly no): acknowledged tasks are lost when it ends unexpectedly.",
    );
  } else if (fsync !== "always") {
    const loss = fsync === "everysec" ? "the last second of" : "recent";
    warnings.push(
      `This Redis writes to disk late (appendfsync ${fsync}): ${loss} acknowledged tasks can be lost when its machine fails.`,
    );
  }
  const policy = settings.get("maxmemory-policy");
  if (policy !== "noeviction") {
    warnings.push(
      `This Redis may throw stored tasks away when its memory is full (maxmemory-policy ${policy}): set it to noeviction.`,
    );
  }
  return warnings;
}

/** A flat list with RESP2, an object or a map with RESP3. */
function pairs(reply: unknown): Array<[string, string]> {
  if (reply instanceof Map) return [...reply].map(([key, value]) => [String(key), String(value)]);
  if (!Array.isArray(reply)) {
    return Object.entries(reply ?? {}).map(([key, value]) => [key, String(value)]);
  }
  const found: Array<[string, string]> = [];
  for (let i = 0; i + 1 < reply.length; i += 2)
    found.push([String(reply[i]), String(reply[i + 1])]);
  return found;
}
