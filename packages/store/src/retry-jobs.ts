import type { RetryFilter, RetryJob, RetryJobState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { filterArgs } from "./dead-letters.ts";
import { type Keys, RUN_KEYS } from "./keys.ts";
import { instantOf } from "./run-plan.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * Retries in bulk. `retries:all` is a sorted set of jobs by when they were created, `retries:active` a
 * list of those that run, `retries:lease` the token of the consumer that works on them. A job is a
 * hash, `retries:job:<jobid>`:
 *
 * - `state`: running until it has looked at all there was (done), or is cancelled
 * - `filter` as it was sent; `of` f or c; `f1`…`f4` as `deadLua` takes it; `since` ms
 * - `until` ms: what came to rest later is not its business, and so nothing that it started itself
 * - `ms`, `id`: the place in the list of dead letters that it has reached; of cancelled tasks `id` is a log id
 * - `total`, `looked`, `matched`, `changed`, `skipped`, `failed`; `created`, `ended` ms
 *
 * What it does to tasks, what it counts and how far it has come change in one script call
 * (`retry-step.ts`): it goes on after a kill where it was, and retries no task twice.
 */
export const RETRIES_LUA = `
local ALL, ACTIVE = KEYS[1] .. '${RUN_KEYS.retries}all', KEYS[1] .. '${RUN_KEYS.retries}active'
local LEASE, JOB = KEYS[1] .. '${RUN_KEYS.retries}lease', KEYS[1] .. '${RUN_KEYS.retries}job:'
`;

/** How many jobs may run, and how many are remembered. */
const MOST_ACTIVE = 20;
const MOST_KEPT = 100;

/**
 * KEYS the shard's prefix, log. ARGV jobid, of, since, before, then fields and values.
 * Reply: 0 when too many run, 1 once it is created, or the filter that there is under this jobid.
 */
const createScript = defineScript(`${RETRIES_LUA}
local call = redis.call
local known = call('HGET', JOB .. ARGV[1], 'filter')
if known then return known end
if call('LLEN', ACTIVE) >= ${MOST_ACTIVE} then return 0 end
local t = call('TIME')
local now = t[1] .. string.format('%03d', math.floor(tonumber(t[2]) / 1000))
local last = now
if ARGV[4] ~= '' and tonumber(ARGV[4]) <= tonumber(now) then last = string.format('%.0f', tonumber(ARGV[4]) - 1) end
local total, id = 0, '~'
if ARGV[2] == 'f' then
  total = call('ZCOUNT', KEYS[1] .. '${RUN_KEYS.dead}', ARGV[3], last)
else
  total, id = call('XLEN', KEYS[2]), '+'
end
call('HSET', JOB .. ARGV[1], 'state', 'running', 'of', ARGV[2], 'since', ARGV[3], 'until', last, 'ms', last, 'id', id,
  'total', total, 'looked', 0, 'matched', 0, 'changed', 0, 'skipped', 0, 'failed', 0, 'created', now, 'ended', '',
  unpack(ARGV, 5))
call('ZADD', ALL, now, ARGV[1])
call('LPUSH', ACTIVE, ARGV[1])
for _, old in ipairs(call('ZRANGE', ALL, 0, -${MOST_KEPT + 1})) do
  if call('HGET', JOB .. old, 'state') ~= 'running' then
    call('DEL', JOB .. old)
    call('ZREM', ALL, old)
  end
end
return 1
`);

/** `tooMany`: so many run already that it must wait. `other`: there is one of this jobid, for another filter. */
export type CreatedJob = "created" | "tooMany" | "other";

/** Asking again for the same is safe: it is created once. */
export async function createRetryJob(
  redis: Redis,
  keys: Keys,
  jobid: string,
  filter: RetryFilter,
): Promise<CreatedJob> {
  const filterJson = JSON.stringify(filter);
  const { state = "failed", since, before } = filter;
  const created = await runScript<number | string>(
    redis,
    createScript,
    [keys.shard, keys.log],
    [
      ...[jobid, state === "failed" ? "f" : "c"],
      ...[since === undefined ? "0" : instantOf(since)],
      ...[before === undefined ? "" : instantOf(before)],
      ...["filter", filterJson],
      ...filterArgs(filter).flatMap((arg, i) => [`f${i + 1}`, arg]),
    ],
  );
  if (created === 0) return "tooMany";
  return created === 1 || created === filterJson ? "created" : "other";
}

/** The lease of whoever works on the jobs. */
export function retryLeaseKey({ retryPrefix }: Keys): string {
  return `${retryPrefix}lease`;
}

const cancelScript = defineScript(`#!lua flags=allow-oom
${RETRIES_LUA}
local state = redis.call('HGET', JOB .. ARGV[1], 'state')
if state ~= 'running' then return state end
local t = redis.call('TIME')
redis.call('HSET', JOB .. ARGV[1], 'state', 'cancelled', 'ended', t[1] .. string.format('%03d', math.floor(tonumber(t[2]) / 1000)))
redis.call('LREM', ACTIVE, 1, ARGV[1])
return 'changed'
`);

export type CancelledJob = "changed" | "unknown" | { unchanged: RetryJobState };

/** What the job has started anew so far goes on. */
export async function cancelRetryJob(
  redis: Redis,
  keys: Keys,
  jobid: string,
): Promise<CancelledJob> {
  const reply = await runScript<"changed" | RetryJobState | null>(
    redis,
    cancelScript,
    [keys.shard],
    [jobid],
  );
  if (reply === null) return "unknown";
  return reply === "changed" ? reply : { unchanged: reply };
}

export async function readRetryJob(
  redis: Redis,
  keys: Keys,
  jobid: string,
): Promise<RetryJob | null> {
  return jobOf(jobid, await redis.hgetall(`${keys.retryPrefix}job:${jobid}`));
}

const listScript = defineScript(`#!lua flags=no-writes,allow-oom
${RETRIES_LUA}
local out = {}
for i, id in ipairs(redis.call('ZREVRANGE', ALL, 0, tonumber(ARGV[1]) - 1)) do
  out[i] = {id, redis.call('HGETALL', JOB .. id)}
end
return out
`);

/** Newest first. */
export async function listRetryJobs(redis: Redis, keys: Keys, limit: number): Promise<RetryJob[]> {
  const listed = await runScript<[string, string[]][]>(redis, listScript, [keys.shard], [limit]);
  return listed.flatMap(([jobid, flat]) => {
    const fields: Record<string, string> = {};
    for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i] ?? ""] = flat[i + 1] ?? "";
    return jobOf(jobid, fields) ?? [];
  });
}

function jobOf(jobid: string, fields: Record<string, string>): RetryJob | null {
  if (fields.state === undefined) return null;
  const number = (name: string) => Number(fields[name] ?? 0);
  const instant = (name: string) => new Date(number(name)).toISOString();
  const [changed, skipped, failed] = [number("changed"), number("skipped"), number("failed")];
  return {
    jobid,
    state: fields.state as RetryJobState,
    filter: JSON.parse(fields.filter ?? "{}") as RetryFilter,
    total: number("total"),
    looked: number("looked"),
    matched: number("matched"),
    done: changed + skipped + failed,
    changed,
    skipped,
    failed,
    created_at: instant("created"),
    ended_at: fields.ended === "" ? null : instant("ended"),
  };
}
