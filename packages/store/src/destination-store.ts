import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";
import type { SecretVersion } from "./subscription-store.ts";

/** How many addresses' secrets can have been shown. */
const MOST = 10_000;

/*
 * Hash `shown`: destination → `<ms> <version> <ms until which the version before also signs>`.
 * ARGV destination, ms for which the last one also signs (-1: no new one is wanted).
 */
const showScript = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key, overlap = KEYS[1] .. 'shown', tonumber(ARGV[2])
local old = redis.call('HGET', key, ARGV[1])
if old and overlap < 0 then return {'shown', old} end
if not old and redis.call('HLEN', key) >= ${MOST} then return {'full', ''} end
local version, untilMs = 1, 0
if overlap >= 0 then
  version = 1 + (old and tonumber(string.match(old, '^%d+ (%d+)')) or 1)
  untilMs = now + overlap
end
local entry = string.format('%d %d %d', now, version, untilMs)
redis.call('HSET', key, ARGV[1], entry)
redis.call('INCR', KEYS[1] .. 'sub-version')
return {'now', entry}
`);

export type ShownSecret =
  | { kind: "now"; secret: SecretVersion }
  /** It has been shown before, `at` ms since the epoch. */
  | { kind: "shown"; at: number }
  /** Too many have been shown. */
  | { kind: "full" };

/**
 * Notes that the secret of a destination is shown now, which is done once. A rotation makes a new one
 * that takes its place, while the last one also signs for so long.
 */
export async function showDestinationSecret(
  redis: Redis,
  keys: Keys,
  destination: string,
  rotation?: { overlapMs: number },
): Promise<ShownSecret> {
  const [kind, entry] = await runScript<["now" | "shown" | "full", string]>(
    redis,
    showScript,
    [keys.deliveryPrefix],
    [destination, rotation?.overlapMs ?? -1],
  );
  switch (kind) {
    case "now":
      return { kind, secret: versionOf(entry) };
    case "shown":
      return { kind, at: Number.parseInt(entry, 10) };
    case "full":
      return { kind };
    default:
      return kind satisfies never;
  }
}

/** The destinations whose secret is not the first any more. */
export async function readDestinationVersions(
  redis: Redis,
  keys: Keys,
): Promise<Map<string, SecretVersion>> {
  const shown = await redis.hgetall(`${keys.deliveryPrefix}shown`);
  return new Map(
    Object.entries(shown)
      .map(([destination, entry]): [string, SecretVersion] => [destination, versionOf(entry)])
      .filter(([, { version }]) => version > 1),
  );
}

function versionOf(entry: string): SecretVersion {
  const [, version, previousUntil] = entry.split(" ").map(Number);
  return { version: version ?? 1, previousUntil: previousUntil ?? 0 };
}
