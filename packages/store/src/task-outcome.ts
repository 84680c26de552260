import { parseExact, type TaskError, type TaskState } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { type Keys, RUN_KEYS } from "./keys.ts";
import { stateOf } from "./record.ts";
import { LOG_ID_BYTES } from "./row-lua.ts";
import { STATE_CHARS } from "./run-lua.ts";
import { defineScript, runScript } from "./script.ts";

const outcomeScript = defineScript(`#!lua flags=no-writes,allow-oom
local P, id = KEYS[1], ARGV[1]
local head = redis.call('GETRANGE', P .. '${RUN_KEYS.record}' .. id, 0, ${LOG_ID_BYTES})
if not string.find(head, '^%d') then return {} end
local s = redis.call('HGET', P .. '${RUN_KEYS.run}' .. id, 's')
if not s then return {'${STATE_CHARS.received}', '', '0'} end
local ended = s == '${STATE_CHARS.succeeded}' or s == '${STATE_CHARS.failed}'
return {s, ended and redis.call('GET', P .. '${RUN_KEYS.result}' .. id) or '', '1'}
`);

/** What somebody who waits for a task asks again and again. */
export interface TaskOutcome {
  state: TaskState;
  /** False: the task is only recorded, and stays `received`. */
  runnable: boolean;
  /** What it returned, numbers with all digits; null unless it has succeeded. */
  result: unknown;
  /** Why it failed; null unless it has. */
  error: TaskError | null;
}

/** Null when there is no such task, or when retention has removed it. Reads no more than it gives. */
export async function readTaskOutcome(
  redis: Redis,
  keys: Keys,
  taskid: string,
): Promise<TaskOutcome | null> {
  const [char, result, isRun] = await runScript<[string?, string?, string?]>(
    redis,
    outcomeScript,
    [keys.shard],
    [taskid],
  );
  if (char === undefined) return null;
  const state = stateOf(char);
  const said = result === undefined || result === "" ? null : parseExact(result);
  return {
    state,
    runnable: isRun === "1",
    result: state === "succeeded" ? said : null,
    error: state === "failed" ? (said as TaskError) : null,
  };
}
