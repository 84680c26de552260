import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** A token bucket per sender, for all consumers together. */
export interface RatePolicy {
  /** How many requests a second come back. */
  perSecond: number;
  /** How many may come at once. */
  burst: number;
}

/** What one consumer has let through since it last told. */
export interface RateSpending {
  sender: string;
  count: number;
}

/** Two consumers that do not know of each other yet may spend more than there is; that is paid back. */
const DEEPEST_DEBT_BURSTS = 4;

/**
 * A bucket that is full again is a key that has expired. `allow-oom`: a full store must not lift limits.
 *
 * KEYS one per sender. ARGV tokens per ms, burst, least tokens, now in ms or '' for Redis' own
 * clock, then what was spent, per sender. Reply: tokens left, per sender, as text.
 */
const spendScript = defineScript(`#!lua flags=allow-oom
local rate, burst, least, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
end
local out = {}
for i, key in ipairs(KEYS) do
  local tokens = burst
  local known = redis.call('GET', key)
  if known then
    local left, at = string.match(known, '^(%S+) (%S+)$')
    tokens = math.min(burst, tonumber(left) + math.max(0, now - tonumber(at)) * rate)
  end
  tokens = math.max(least, tokens - tonumber(ARGV[4 + i]))
  local fullInMs = math.ceil((burst - tokens) / rate)
  redis.call('SET', key, string.format('%.6f %.3f', tokens, now), 'PX', fullInMs + 1000)
  out[i] = string.format('%.6f', tokens)
end
return out
`);

/**
 * Takes what was spent from the senders' buckets, in one call. Resolves with how many requests each
 * has left, below 0 when more were let through than there were.
 *
 * @param nowMs a clock that all callers share; default: Redis' own
 */
export async function spendRates(
  redis: Redis,
  keys: Keys,
  { perSecond, burst }: RatePolicy,
  spendings: readonly RateSpending[],
  nowMs?: number,
): Promise<number[]> {
  const left = await runScript<string[]>(
    redis,
    spendScript,
    spendings.map(({ sender }) => keys.ratePrefix + sender),
    [
      perSecond / 1_000,
      burst,
      -DEEPEST_DEBT_BURSTS * burst,
      nowMs ?? "",
      ...spendings.map(({ count }) => count),
    ],
  );
  return left.map(Number);
}
