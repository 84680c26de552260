import type { Attempt, TaskState } from "@taskpulse/contract";
import { TASK_STATES } from "@taskpulse/contract";
import { createKeys } from "@taskpulse/store";
import type { Redis } from "ioredis";

const PAGE = 500;
/** Of the priorities, from Low. */
const DIGITS = ["0", "1", "2", "3"] as const;
/** What BullMQ keeps of a queue that is empty. */
const QUEUE_FURNITURE = /^[a-z]+:(events|meta|id|marker|stalled-check)$/;

/** By the characters that the store writes for them. */
const STATES: Readonly<Record<string, TaskState>> = {
  r: "received",
  w: "waiting",
  q: "queued",
  u: "running",
  t: "retrying",
  s: "succeeded",
  f: "failed",
  c: "cancelled",
};

export interface StoredRun {
  readonly taskid: string;
  readonly state: TaskState | undefined;
  /** From 0. */
  readonly round: number;
  /** Attempts begun in this round, as the store counts them. */
  readonly attempts: number;
  /** Its changes of state after it was received, oldest first, ms by Redis' clock. */
  readonly changes: readonly { readonly state: TaskState | undefined; readonly at: number }[];
  readonly ended: readonly Attempt[];
  /** What it returned, or its error; null when there is none. */
  readonly result: unknown;
}

/** What Redis holds of tasks that are run, read key by key. */
export interface StoredRuns {
  /** By taskid. */
  readonly runs: ReadonlyMap<string, StoredRun>;
  readonly byState: Readonly<Record<TaskState, number>>;
  /** Running tasks by priority, from Low, as the store counts them. */
  readonly running: readonly number[];
  /** Taskids of dead letters. */
  readonly dead: ReadonlySet<string>;
}

export async function readRuns(redis: Redis): Promise<StoredRuns> {
  const keys = createKeys();
  const totals = await redis.hgetall(keys.totals);
  const byState = TASK_STATES.map((state) => [state, Number(totals[`s:${state}`] ?? 0)]);
  const runs = new Map<string, StoredRun>();
  for await (const found of scan(redis, `${keys.runPrefix}*`)) {
    const taskids = found.map((key) => key.slice(keys.runPrefix.length));
    for (const run of await Promise.all(taskids.map((taskid) => readRun(redis, taskid)))) {
      runs.set(run.taskid, run);
    }
  }
  return {
    runs,
    byState: Object.fromEntries(byState) as StoredRuns["byState"],
    running: DIGITS.map((digit) => Number(totals[`u${digit}`] ?? 0)),
    dead: new Set(await redis.zrange(keys.dead, "0", "-1")),
  };
}

/** What is left where nothing may be left once every task has ended, by the names of the keys. */
export async function readLeftovers(redis: Redis): Promise<string[]> {
  const { shard, bullPrefix } = createKeys();
  const found: string[] = [];
  for (const name of [...DIGITS.map((digit) => `run:${digit}`), "ended"]) {
    const entries = await redis.xlen(shard + name);
    if (entries > 0) found.push(`${name} (${entries})`);
  }
  for (const name of ["due", "held", "d:s:pending", "d:claims"]) {
    const entries = await redis.zrange(shard + name, "0", "-1");
    if (entries.length > 0) found.push(`${name} (${entries.length}: ${entries[0]})`);
  }
  const unknown = await redis.smembers(`${shard}unknown`);
  if (unknown.length > 0) found.push(`unknown (${unknown.length}: ${unknown[0]})`);
  // Looking through all keys is for when there is some hope.
  if (found.length > 0) return found;
  for await (const keys of scan(redis, `${shard}w:*`)) {
    found.push(...keys.map((key) => key.slice(shard.length)));
  }
  for await (const keys of scan(redis, `${bullPrefix}:*`)) {
    const names = keys.map((key) => key.slice(bullPrefix.length + 1));
    const jobs = names.filter((name) => !QUEUE_FURNITURE.test(name));
    found.push(...jobs.map((name) => `bull:${name}`));
  }
  return found;
}

async function readRun(redis: Redis, taskid: string): Promise<StoredRun> {
  const { shard, runPrefix } = createKeys();
  const [run, history, result] = await Promise.all([
    redis.hgetall(runPrefix + taskid),
    redis.lrange(`${shard}a:${taskid}`, 0, -1),
    redis.get(`${shard}v:${taskid}`),
  ]);
  const changes = history
    .filter((entry) => !entry.startsWith("{"))
    .map((entry) => ({ state: STATES[entry.charAt(0)], at: Number(entry.slice(1)) }));
  return {
    taskid,
    state: STATES[run.s ?? ""],
    ...{ round: Number(run.o), attempts: Number(run.n), changes },
    ended: history
      .filter((entry) => entry.startsWith("{"))
      .map((entry) => JSON.parse(entry) as Attempt),
    result: result === null ? null : JSON.parse(result),
  };
}

async function* scan(redis: Redis, pattern: string): AsyncGenerator<string[]> {
  let cursor = "0";
  do {
    const [next, found] = await redis.scan(cursor, "MATCH", pattern, "COUNT", PAGE);
    cursor = next;
    if (found.length > 0) yield found;
  } while (cursor !== "0");
}
