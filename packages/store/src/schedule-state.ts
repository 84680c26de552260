import { MAX_SCHEDULES, type ScheduleState, type UnnamedTask } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import {
  doneSchedulesKey,
  dueSchedulesKey,
  REMOVE_SCHEDULE,
  scheduleKeys,
  scheduleListKey,
  scheduleNewsChannel,
} from "./schedule-keys.ts";
import { encodePlan, type SchedulePlan } from "./schedule-record.ts";
import { defineScript, runScript } from "./script.ts";

/**
 * The record of a schedule is a hash: `plan` and `task` (JSON, never changed), `state`, `next` (its
 * next run, kept while it is paused; empty when there is none), `cutoff` (see `schedule-step.ts`),
 * `last` (when its last run was made), `ended`, all in ms since the epoch or empty, and the counters
 * `runs` and `missed`.
 *
 *     state     by                                        becomes
 *     -         create                                    active
 *     active    pause                                     paused
 *     paused    resume                                    active, or done if no run is left
 *     active    its last run, made or missed              done    (also paused: a run was under way)
 *     any       delete                                    -
 *     done      a week, or too many schedules             -
 *
 * The scripts here change the state, and the one in `schedule-fire.ts` for `done`.
 */
const createScript = defineScript(`${REMOVE_SCHEDULE}
local record, all, due, done = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, now, next, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('EXISTS', record) == 1 then return 'exists' end
if redis.call('ZCARD', all) >= tonumber(ARGV[5]) then
  local oldest = redis.call('ZRANGE', done, 0, 0)[1]
  if not oldest then return 'full' end
  remove(prefix, oldest)
end
redis.call('HSET', record, 'plan', ARGV[7], 'task', ARGV[8], 'state', 'active', 'next', next,
  'cutoff', '', 'last', '', 'ended', '', 'runs', 0, 'missed', 0)
redis.call('ZADD', all, now, id)
redis.call('ZADD', due, next, id)
redis.call('PUBLISH', ARGV[6], next)
return 'created'
`);

export interface ScheduleOrder {
  scheduleid: string;
  plan: SchedulePlan;
  task: UnnamedTask;
  /** Its first run, in ms since the epoch. */
  nextMs: number;
}

/**
 * Writes a new schedule. `exists`: there is one of this id already, which stays as it is: asking
 * again after a lost answer is safe. `full`: there are too many that are not done.
 */
export function createSchedule(
  redis: Redis,
  keys: Keys,
  { scheduleid, plan, task, nextMs }: ScheduleOrder,
  most: number = MAX_SCHEDULES,
): Promise<"created" | "exists" | "full"> {
  return runScript(
    redis,
    createScript,
    [
      scheduleKeys(keys, scheduleid).record,
      ...[scheduleListKey(keys), dueSchedulesKey(keys), doneSchedulesKey(keys)],
    ],
    [
      ...[scheduleid, plan.createdMs, nextMs, keys.schedulePrefix, most, scheduleNewsChannel(keys)],
      ...[encodePlan(plan), JSON.stringify(task)],
    ],
  );
}

/** `allow-oom`: a schedule can be stopped also in a full store. */
const pauseScript = defineScript(`#!lua flags=allow-oom
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return {'unknown'} end
if state == 'done' then return {'refused', state} end
redis.call('HSET', KEYS[1], 'state', 'paused')
redis.call('ZREM', KEYS[2], ARGV[1])
return {'changed'}
`);

const resumeScript = defineScript(`#!lua flags=allow-oom
local record, due, done, id, next, now = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3]
local state = redis.call('HGET', record, 'state')
if not state then return {'unknown'} end
if state == 'done' then return {'refused', state} end
if state == 'active' then return {'changed'} end
redis.call('HSET', record, 'next', next, 'cutoff', '')
if next == '' then
  redis.call('HSET', record, 'state', 'done', 'ended', now)
  redis.call('ZADD', done, now, id)
else
  redis.call('HSET', record, 'state', 'active')
  redis.call('ZADD', due, next, id)
  redis.call('PUBLISH', ARGV[4], next)
end
return {'changed'}
`);

export type ScheduleChange =
  /** Also when there was nothing to change: pausing a paused schedule. */
  | { kind: "changed" }
  | { kind: "unknown" }
  /** It can't be done to a schedule in this state. */
  | { kind: "refused"; state: ScheduleState };

type ChangeReply = ["changed" | "unknown"] | ["refused", ScheduleState];

/** What is paused misses nothing: no run is told as missed for that time. */
export async function pauseSchedule(
  redis: Redis,
  keys: Keys,
  scheduleid: string,
): Promise<ScheduleChange> {
  const { record } = scheduleKeys(keys, scheduleid);
  const own = [record, dueSchedulesKey(keys)];
  return toChange(await runScript<ChangeReply>(redis, pauseScript, own, [scheduleid]));
}

/** @param nextMs its first run from now on; null when none is left, which ends it */
export async function resumeSchedule(
  redis: Redis,
  keys: Keys,
  scheduleid: string,
  nextMs: number | null,
  nowMs: number,
): Promise<ScheduleChange> {
  const { record } = scheduleKeys(keys, scheduleid);
  return toChange(
    await runScript<ChangeReply>(
      redis,
      resumeScript,
      [record, dueSchedulesKey(keys), doneSchedulesKey(keys)],
      [scheduleid, nextMs ?? "", nowMs, scheduleNewsChannel(keys)],
    ),
  );
}

function toChange(reply: ChangeReply): ScheduleChange {
  return reply[0] === "refused" ? { kind: reply[0], state: reply[1] } : { kind: reply[0] };
}

const deleteScript = defineScript(`#!lua flags=allow-oom
${REMOVE_SCHEDULE}
return remove(ARGV[1], ARGV[2])
`);

/** Removes a schedule; the tasks that it has made stay. False when there is none. */
export async function deleteSchedule(
  redis: Redis,
  keys: Keys,
  scheduleid: string,
): Promise<boolean> {
  const { record } = scheduleKeys(keys, scheduleid);
  const args = [keys.schedulePrefix, scheduleid];
  return (await runScript<number>(redis, deleteScript, [record], args)) > 0;
}
