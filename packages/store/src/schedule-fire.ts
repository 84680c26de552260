import type { ScheduleRun } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import {
  doneSchedulesKey,
  dueSchedulesKey,
  REMOVE_SCHEDULE,
  scheduleKeys,
} from "./schedule-keys.ts";
import { type DueSchedule, toDueSchedule } from "./schedule-record.ts";
import { defineScript, runScript } from "./script.ts";

/*
 * How a run is made once. A worker claims what is due, which hides it from the others for a while;
 * stores the tasks, whose identity follows from the planned time; and only then moves the schedule
 * on, if it still stands where it was. Who dies in between leaves a schedule that is claimed again:
 * its tasks are duplicates then, and change nothing.
 */
const claimScript = defineScript(`#!lua flags=allow-oom
${REMOVE_SCHEDULE}
local due, done, prefix = KEYS[1], KEYS[2], ARGV[1]
for _, id in ipairs(redis.call('ZRANGE', done, '-inf', ARGV[5], 'BYSCORE', 'LIMIT', 0, 20)) do
  remove(prefix, id)
end
local claimed = {}
for _, id in ipairs(redis.call('ZRANGE', due, '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[4])) do
  local r = redis.call('HMGET', prefix .. 'record:' .. id, 'plan', 'task', 'next', 'cutoff', 'state')
  if r[5] == 'active' then
    redis.call('ZADD', due, ARGV[3], id)
    claimed[#claimed + 1] = {id, r[1], r[2], r[3], r[4]}
  else
    redis.call('ZREM', due, id)
  end
end
local nearest = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')[2]
return {nearest or '', claimed}
`);

export interface ClaimOptions {
  nowMs: number;
  /** How long nobody else gets what is claimed. */
  forMs: number;
  limit: number;
  /** How long schedules that are done are kept. */
  keepDoneMs: number;
}

export interface Claimed {
  schedules: DueSchedule[];
  /** Schedules whose times or task can't be read any more, and why. */
  broken: { scheduleid: string; error: unknown }[];
  /** When something is due next, in ms since the epoch; null when there is nothing. */
  nearestMs: number | null;
}

/** Takes schedules that are due, the longest due first. */
export async function claimDueSchedules(
  redis: Redis,
  keys: Keys,
  { nowMs, forMs, limit, keepDoneMs }: ClaimOptions,
): Promise<Claimed> {
  const [nearest, replies] = await runScript<
    [string, [id: string, plan: string, task: string, next: string, cutoff: string][]]
  >(
    redis,
    claimScript,
    [dueSchedulesKey(keys), doneSchedulesKey(keys)],
    [keys.schedulePrefix, nowMs, nowMs + forMs, limit, nowMs - keepDoneMs],
  );
  const claimed: Claimed = {
    schedules: [],
    broken: [],
    nearestMs: nearest === "" ? null : Number(nearest),
  };
  for (const [scheduleid, ...fields] of replies) {
    try {
      claimed.schedules.push(toDueSchedule(scheduleid, ...fields));
    } catch (error) {
      claimed.broken.push({ scheduleid, error });
    }
  }
  return claimed;
}

/** Whether the task of a run is there already: whoever made it died before it could say so. */
export async function isRunMade(redis: Redis, keys: Keys, taskid: string): Promise<boolean> {
  return (await redis.exists(keys.recordPrefix + taskid)) === 1;
}

const MOST_RECENT = 20;
const MOST_MISSED = 100;

/** `allow-oom`: what has been stored must be told, or it is done again. */
const advanceScript = defineScript(`#!lua flags=allow-oom
local record, recent, missed, due, done = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, expected, next, cutoff, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local runs, misses, listed = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local r = redis.call('HMGET', record, 'next', 'state')
if r[1] ~= expected or r[2] == 'done' then return 0 end
redis.call('HSET', record, 'next', next, 'cutoff', cutoff)
if runs > 0 then
  redis.call('HINCRBY', record, 'runs', runs)
  redis.call('HSET', record, 'last', now)
  redis.call('LPUSH', recent, unpack(ARGV, 9, 8 + listed))
  redis.call('LTRIM', recent, 0, ${MOST_RECENT - 1})
end
if misses > 0 then
  redis.call('HINCRBY', record, 'missed', misses)
  redis.call('LPUSH', missed, unpack(ARGV, 9 + listed))
  redis.call('LTRIM', missed, 0, ${MOST_MISSED - 1})
end
if next == '' then
  redis.call('HSET', record, 'state', 'done', 'ended', now)
  redis.call('ZREM', due, id)
  redis.call('ZADD', done, now, id)
elseif r[2] == 'active' then
  redis.call('ZADD', due, next, id)
end
return 1
`);

export interface ScheduleAdvance {
  scheduleid: string;
  /** Where it has to stand still: the next run at the time of the claim. */
  fromMs: number;
  /** Null when there is no further run: the schedule is done. */
  nextMs: number | null;
  cutoffMs: number | null;
  /** Oldest first; their tasks are stored. */
  runs: readonly ScheduleRun[];
  /** Planned times, oldest first. */
  missed: readonly number[];
}

/** Moves a schedule on; false when another has done so, or it was deleted. */
export async function advanceSchedule(
  redis: Redis,
  keys: Keys,
  { scheduleid, fromMs, nextMs, cutoffMs, runs, missed }: ScheduleAdvance,
  nowMs: number,
): Promise<boolean> {
  const own = scheduleKeys(keys, scheduleid);
  const recent = runs.slice(-MOST_RECENT);
  const moved = await runScript<number>(
    redis,
    advanceScript,
    [own.record, own.recent, own.missed, dueSchedulesKey(keys), doneSchedulesKey(keys)],
    [
      ...[scheduleid, fromMs, nextMs ?? "", cutoffMs ?? "", nowMs],
      ...[runs.length, missed.length, recent.length],
      ...recent.map((run) => JSON.stringify(run)),
      ...missed.slice(-MOST_MISSED),
    ],
  );
  return moved === 1;
}

const manualScript = defineScript(`#!lua flags=allow-oom
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'runs', 1)
redis.call('HSET', KEYS[1], 'last', ARGV[1])
redis.call('LPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], 0, ${MOST_RECENT - 1})
return 1
`);

/** Tells of a run that was asked for by hand, whose task is stored; it moves nothing. */
export async function recordManualRun(
  redis: Redis,
  keys: Keys,
  scheduleid: string,
  run: ScheduleRun,
  nowMs: number,
): Promise<void> {
  const { record, recent } = scheduleKeys(keys, scheduleid);
  await runScript<number>(redis, manualScript, [record, recent], [nowMs, JSON.stringify(run)]);
}
