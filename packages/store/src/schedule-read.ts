import {
  parseExact,
  type SchedulePage,
  type ScheduleState,
  type ScheduleView,
  type UnnamedTask,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { scheduleKeys, scheduleListKey } from "./schedule-keys.ts";
import {
  type RecordReply,
  type SchedulePlan,
  timetableOf,
  toScheduleView,
} from "./schedule-record.ts";
import type { Timetable } from "./schedule-times.ts";
import { defineScript, runScript } from "./script.ts";

const READ = `
local function read(prefix, id)
  local r = redis.call('HMGET', prefix .. 'record:' .. id, 'plan', 'task', 'state', 'next', 'last',
    'ended', 'runs', 'missed')
  if not r[1] then return nil end
  table.insert(r, 1, id)
  r[#r + 1] = redis.call('LRANGE', prefix .. 'recent:' .. id, 0, -1)
  r[#r + 1] = redis.call('LRANGE', prefix .. 'missed:' .. id, 0, -1)
  return r
end
`;

const readScript = defineScript(`${READ}
return read(ARGV[1], ARGV[2])
`);

/** Null when there is no such schedule. */
export async function readSchedule(
  redis: Redis,
  keys: Keys,
  scheduleid: string,
): Promise<ScheduleView | null> {
  const { record } = scheduleKeys(keys, scheduleid);
  const args = [keys.schedulePrefix, scheduleid];
  const reply = await runScript<RecordReply | null>(redis, readScript, [record], args);
  return reply === null ? null : toScheduleView(reply);
}

/** What runs are made of, and when they are planned; null when there is no such schedule. */
export async function readScheduleTemplate(
  redis: Redis,
  keys: Keys,
  scheduleid: string,
): Promise<{ task: UnnamedTask; timetable: Timetable } | null> {
  const { record } = scheduleKeys(keys, scheduleid);
  const [plan, task] = await redis.hmget(record, "plan", "task");
  if (typeof plan !== "string" || typeof task !== "string") return null;
  return {
    task: parseExact(task) as UnnamedTask,
    timetable: timetableOf(JSON.parse(plan) as SchedulePlan),
  };
}

/*
 * Of those created in the same millisecond the order is that of their ids, downwards, as in the
 * sorted set.
 */
const pageScript = defineScript(`${READ}
local all, prefix, from, beforeId = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local limit, state = tonumber(ARGV[4]), ARGV[5]
local found, offset, chunk = {}, 0, 200
while #found <= limit do
  local ids = redis.call('ZRANGE', all, from, '-inf', 'BYSCORE', 'REV', 'LIMIT', offset, chunk, 'WITHSCORES')
  for i = 1, #ids, 2 do
    local id = ids[i]
    local seen = beforeId ~= '' and ids[i + 1] == from and id >= beforeId
    if not seen and (state == '' or redis.call('HGET', prefix .. 'record:' .. id, 'state') == state) then
      found[#found + 1] = {ids[i + 1], id}
      if #found > limit then break end
    end
  end
  if #ids < 2 * chunk then break end
  offset = offset + chunk
end
local page = {''}
for i = 1, math.min(#found, limit) do page[#page + 1] = read(prefix, found[i][2]) end
if #found > limit then page[1] = found[limit][1] .. '-' .. found[limit][2] end
return page
`);

export interface ScheduleQuery {
  state?: ScheduleState | undefined;
  /** `before` of the page before. */
  before?: string | undefined;
  limit: number;
}

/** Newest first. */
export async function readSchedulePage(
  redis: Redis,
  keys: Keys,
  { state, before = "", limit }: ScheduleQuery,
): Promise<SchedulePage> {
  const dash = before.indexOf("-");
  const [from, id] = before === "" ? ["+inf", ""] : [before.slice(0, dash), before.slice(dash + 1)];
  const [next, ...schedules] = await runScript<[string, ...RecordReply[]]>(
    redis,
    pageScript,
    [scheduleListKey(keys)],
    [keys.schedulePrefix, from, id, limit, state ?? ""],
  );
  return { schedules: schedules.map(toScheduleView), before: next === "" ? null : next };
}
