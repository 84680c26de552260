import type { ReplayJob, ReplayRequest } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { DELIVERY_LIMITS } from "./delivery-create.ts";
import { DELIVERY_LUA } from "./delivery-record.ts";
import type { Keys } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * Sends a delivery again: the same id and body, with all its tries. One that waits for its next try
 * gets it at once. A replay is somebody's wish, so it is sent even where 410 was answered before.
 */
const REQUEUE = `
local function requeue(id, limit)
  local rk = P .. 'r:' .. id
  local r = call('HMGET', rk, 'state', 'ep', 'sub', 'seq', 'size', 'claim', 'event', 'origin', 'runs')
  if not r[1] then return 'unknown' end
  local e, size = endpoint(r[2]), num(r[5])
  if r[1] == 'pending' then
    if (r[6] or '') == '' then wait(id, e, now) end
    return 'queued'
  end
  if unwanted(r[3], r[7]) then return 'unwanted' end
  if e.pending >= limit then return 'full' end
  e.origin, e.used, e.dirty = r[8], true, true
  if e.address == '' then e.address = string.match(call('GET', P .. 'c:' .. id) or '', '^[^\\n]*') end
  e.pending, e.bytes = e.pending + 1, e.bytes + size
  hold(r[1], -size)
  hold('pending', size)
  call('ZREM', P .. 's:' .. r[1], id)
  call('ZADD', P .. 's:pending', r[4], id)
  call('HSET', rk, 'state', 'pending', 'tries', 0, 'lost', 0, 'runs', num(r[9]) + 1, 'why', '', 'ended', '')
  wait(id, e, now)
  return 'queued'
end
`;

const replayScript = defineScript(`${DELIVERY_LUA}${REQUEUE}
local outcome = requeue(ARGV[1], num(ARGV[2]))
if outcome == 'queued' then wake() end
finally()
return outcome
`);

export type Replayed =
  /** It is, or was already, on its way. */
  | "queued"
  /** Its subscription is disabled or gone. */
  | "unwanted"
  /** Too much waits for its endpoint. */
  | "full"
  | "unknown";

export function replayDelivery(redis: Redis, keys: Keys, deliveryid: string): Promise<Replayed> {
  return runScript<Replayed>(
    redis,
    replayScript,
    [keys.deliveryPrefix, keys.subscriptions],
    [deliveryid, DELIVERY_LIMITS.perEndpoint],
  );
}

/** How many replays of many can be under way, and how many are remembered. */
const MOST_OPEN_JOBS = 20;
const KEPT_JOBS = 100;

/*
 * Hash `j:<jobid>`: `state`, `filter` (JSON), `upto` (the last `seq` there was), `at` (the `seq`
 * reached), `total`, `looked`, `replayed`, `refused`, `created`, `ended` (ms).
 */
const createJobScript = defineScript(`${DELIVERY_LUA}
local id, state, filter = ARGV[1], ARGV[2], ARGV[3]
local known = call('HGET', P .. 'j:' .. id, 'filter')
if known then return known == filter and 'created' or 'other' end
if call('SCARD', P .. 'jobs:open') >= ${MOST_OPEN_JOBS} then return 'tooMany' end
for _, old in ipairs(call('ZRANGE', P .. 'jobs', 0, -${KEPT_JOBS + 1})) do
  if call('SISMEMBER', P .. 'jobs:open', old) == 0 then
    call('DEL', P .. 'j:' .. old)
    call('ZREM', P .. 'jobs', old)
  end
end
local upto = num(call('HGET', P .. 'totals', 'seq'))
local total = call('ZCOUNT', P .. 's:' .. state, '-inf', upto)
call('HSET', P .. 'j:' .. id, 'state', 'running', 'filter', filter, 'upto', upto, 'at', 0,
  'total', total, 'looked', 0, 'replayed', 0, 'refused', 0, 'created', now, 'ended', '')
call('ZADD', P .. 'jobs', now, id)
call('SADD', P .. 'jobs:open', id)
wake()
return 'created'
`);

export type CreatedReplay =
  /** Now, or by the same request before. */
  | "created"
  /** There is one of this id with another filter. */
  | "other"
  | "tooMany";

export function createReplayJob(
  redis: Redis,
  keys: Keys,
  jobid: string,
  filter: ReplayRequest,
): Promise<CreatedReplay> {
  return runScript<CreatedReplay>(
    redis,
    createJobScript,
    [keys.deliveryPrefix, keys.subscriptions],
    [jobid, filter.state, JSON.stringify(filter)],
  );
}

const cancelJobScript = defineScript(`${DELIVERY_LUA}
local jk = P .. 'j:' .. ARGV[1]
local state = call('HGET', jk, 'state')
if not state then return 'unknown' end
if state == 'done' then return 'done' end
if state == 'running' then call('HSET', jk, 'state', 'cancelled', 'ended', now) end
call('SREM', P .. 'jobs:open', ARGV[1])
return 'cancelled'
`);

/** What it has replayed so far stays on its way. */
export function cancelReplayJob(
  redis: Redis,
  keys: Keys,
  jobid: string,
): Promise<"cancelled" | "done" | "unknown"> {
  return runScript<"cancelled" | "done" | "unknown">(
    redis,
    cancelJobScript,
    [keys.deliveryPrefix, keys.subscriptions],
    [jobid],
  );
}

/** How many deliveries one step looks at. */
const STEP = 200;

/*
 * One atomic step, so that a job goes on exactly where it was when a worker went away. Those that
 * fail again keep their `seq` and are not looked at twice.
 * ARGV jobid, state, taskid, subscription, endpoint ('' for any), since and until in ms, step, most.
 * Reply: 2 done, 1 more to do, 0 held up by a full queue.
 */
const stepScript = defineScript(`${DELIVERY_LUA}${REQUEUE}
local jk, sk = P .. 'j:' .. ARGV[1], P .. 's:' .. ARGV[2]
local j = call('HMGET', jk, 'state', 'at', 'upto')
if j[1] ~= 'running' then
  call('SREM', P .. 'jobs:open', ARGV[1])
  return 2
end
local task, sub, ep, since, till = ARGV[3], ARGV[4], ARGV[5], num(ARGV[6]), num(ARGV[7])
local step, at, looked, replayed, refused = num(ARGV[8]), num(j[2]), 0, 0, 0
local found = call('ZRANGE', sk, '(' .. at, j[3], 'BYSCORE', 'LIMIT', 0, step, 'WITHSCORES')
local full = false
for i = 1, #found, 2 do
  local r = call('HMGET', P .. 'r:' .. found[i], 'task', 'sub', 'ep', 'made')
  local made = num(r[4])
  if (task == '' or r[1] == task) and (sub == '' or r[2] == sub) and (ep == '' or r[3] == ep)
    and made >= since and made < till then
    local outcome = requeue(found[i], num(ARGV[9]))
    full = outcome == 'full'
    if full then break end
    if outcome == 'queued' then replayed = replayed + 1 else refused = refused + 1 end
  end
  at, looked = found[i + 1], looked + 1
end
call('HSET', jk, 'at', at)
call('HINCRBY', jk, 'looked', looked)
call('HINCRBY', jk, 'replayed', replayed)
call('HINCRBY', jk, 'refused', refused)
if replayed > 0 then wake() end
finally()
if full then return 0 end
if #found == 2 * step then return 1 end
call('HSET', jk, 'state', 'done', 'ended', now)
call('SREM', P .. 'jobs:open', ARGV[1])
return 2
`);

/** `blocked`: an endpoint's queue is full; try again later. */
export type ReplayStep = "done" | "more" | "blocked";

export async function stepReplayJob(redis: Redis, keys: Keys, jobid: string): Promise<ReplayStep> {
  const job = await readReplayJob(redis, keys, jobid);
  const { state, taskid, subscriptionid, endpoint, since, until } = job?.filter ?? {};
  const reply = await runScript<number>(
    redis,
    stepScript,
    [keys.deliveryPrefix, keys.subscriptions],
    [
      ...[jobid, state ?? "failed", taskid ?? "", subscriptionid ?? "", endpoint ?? ""],
      ...[since === undefined ? 0 : Date.parse(since)],
      ...[until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(until)],
      ...[STEP, DELIVERY_LIMITS.perEndpoint],
    ],
  );
  return reply === 2 ? "done" : reply === 1 ? "more" : "blocked";
}

export async function readReplayJob(
  redis: Redis,
  keys: Keys,
  jobid: string,
): Promise<ReplayJob | null> {
  const job = await redis.hgetall(`${keys.deliveryPrefix}j:${jobid}`);
  return job.filter === undefined ? null : toJob(jobid, job);
}

/** Newest first. */
export async function listReplayJobs(
  redis: Redis,
  keys: Keys,
  limit: number = KEPT_JOBS,
): Promise<ReplayJob[]> {
  const ids = await redis.zrevrange(`${keys.deliveryPrefix}jobs`, 0, limit - 1);
  const jobs = await Promise.all(ids.map((jobid) => readReplayJob(redis, keys, jobid)));
  return jobs.filter((job) => job !== null);
}

function toJob(jobid: string, job: Record<string, string>): ReplayJob {
  return {
    jobid,
    state: job.state as ReplayJob["state"],
    filter: JSON.parse(job.filter ?? "{}") as ReplayRequest,
    total: Number(job.total),
    looked: Number(job.looked),
    replayed: Number(job.replayed),
    refused: Number(job.refused),
    created_at: new Date(Number(job.created)).toISOString(),
    ended_at: job.ended ? new Date(Number(job.ended)).toISOString() : null,
  };
}
