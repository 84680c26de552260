import {
  type Attempt,
  parseExact,
  type Task,
  type TaskDetail,
  type TaskError,
  type TimelineEntry,
} from "@taskpulse/contract";
import type { Redis } from "ioredis";
import { type Keys, RUN_KEYS } from "./keys.ts";
import { decodeRecord, stateOf, taskJson, toRow } from "./record.ts";
import { defineScript, runScript } from "./script.ts";

const detailScript = defineScript(`#!lua flags=no-writes,allow-oom
local P, id = KEYS[1], ARGV[1]
return {redis.call('GET', P .. '${RUN_KEYS.record}' .. id) or '', redis.call('HGETALL', P .. '${RUN_KEYS.run}' .. id),
  redis.call('LRANGE', P .. '${RUN_KEYS.history}' .. id, 0, -1), redis.call('GET', P .. '${RUN_KEYS.result}' .. id) or ''}
`);

/** Null when there is no such task, or when retention has removed it. */
export async function readTask(
  redis: Redis,
  keys: Keys,
  taskid: string,
): Promise<TaskDetail | null> {
  const [record, flat, history, result] = await runScript<[string, string[], string[], string]>(
    redis,
    detailScript,
    [keys.shard],
    [taskid],
  );
  const stored = decodeRecord(record);
  if (stored === null) return null;
  const run = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) run.set(flat[i] ?? "", flat[i + 1] ?? "");
  const state = stateOf(run.get("s") ?? "");
  const row = toRow(taskid, stored, state);
  const number = (field: string) => Number(run.get(field) ?? 0);
  const instant = (field: string) => (number(field) === 0 ? null : isoTime(number(field)));
  return {
    ...row,
    task: parseExact(taskJson(stored)) as Task,
    webhook_id: stored.webhookId === "" ? null : stored.webhookId,
    runnable: stored.runnable,
    timeline: [{ at: row.received_at, event: "received" }, ...timelineOf(history)],
    attempts: history.filter(isAttempt).map((entry) => JSON.parse(entry) as Attempt),
    round: number("o"),
    started_at: instant("b"),
    ended_at: instant("e"),
    due_at: instant("d"),
    reported_later: run.get("y") === "1",
    waits_for: state === "waiting" ? number("l") : 0,
    result: state === "succeeded" && result !== "" ? parseExact(result) : null,
    error: state === "failed" && result !== "" ? (JSON.parse(result) as TaskError) : null,
  };
}

function isAttempt(entry: string): boolean {
  return entry.startsWith("{");
}

function timelineOf(history: readonly string[]): TimelineEntry[] {
  return history
    .filter((entry) => !isAttempt(entry))
    .map((entry) => ({ at: isoTime(Number(entry.slice(1))), event: stateOf(entry.charAt(0)) }));
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
