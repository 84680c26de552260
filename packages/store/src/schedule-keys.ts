import type { Keys } from "./keys.ts";

/** The keys of one schedule. All carry the shard's hash tag, so that one script may touch them all. */
export interface ScheduleKeys {
  /** Hash: what was asked for, the state and the counters; see `schedule-state.ts`. */
  record: string;
  /** List: the newest runs first, each as JSON. */
  recent: string;
  /** List: for when the newest missed runs were planned, in ms since the epoch. */
  missed: string;
}

/** Scripts build the keys of the schedules they find by themselves, from the same prefix and names. */
export function scheduleKeys({ schedulePrefix }: Keys, scheduleid: string): ScheduleKeys {
  return {
    record: `${schedulePrefix}record:${scheduleid}`,
    recent: `${schedulePrefix}recent:${scheduleid}`,
    missed: `${schedulePrefix}missed:${scheduleid}`,
  };
}

/** Sorted set: every schedule by when it was created, in ms since the epoch. */
export function scheduleListKey({ schedulePrefix }: Keys): string {
  return `${schedulePrefix}all`;
}

/**
 * Sorted set: the active schedules by when somebody has to look at them: at their next run, or, when
 * a worker is at it, at the time from which on another may take over.
 */
export function dueSchedulesKey({ schedulePrefix }: Keys): string {
  return `${schedulePrefix}due`;
}

/** Sorted set: the schedules that have made their last run, by when. */
export function doneSchedulesKey({ schedulePrefix }: Keys): string {
  return `${schedulePrefix}done`;
}

/** The pub/sub channel for schedules that have become active; a message is the time of the next run. */
export function scheduleNewsChannel({ schedulePrefix }: Keys): string {
  return `${schedulePrefix}news`;
}

/** Lua: removes a schedule and all that belongs to it. */
export const REMOVE_SCHEDULE = `
local function remove(prefix, id)
  redis.call('ZREM', prefix .. 'all', id)
  redis.call('ZREM', prefix .. 'due', id)
  redis.call('ZREM', prefix .. 'done', id)
  return redis.call('DEL', prefix .. 'record:' .. id, prefix .. 'recent:' .. id, prefix .. 'missed:' .. id)
end
`;
