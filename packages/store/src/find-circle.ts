import type { Redis } from "ioredis";
import { type Keys, RUN_KEYS } from "./keys.ts";
import { defineScript, runScript } from "./script.ts";

/** How many tasks in the store are looked at. */
const MOST_VISITED = 10_000;

/** KEYS the shard's prefix. ARGV taskids. Reply: 1 when others wait for any of them. */
const awaitedScript = defineScript(`#!lua flags=no-writes,allow-oom
for _, id in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[1] .. '${RUN_KEYS.waiters}' .. id) == 1 then return 1 end
end
return 0
`);

/** KEYS the shard's prefix. ARGV taskids. Reply: what each waits for, as it named them; '' for nothing. */
const waitsScript = defineScript(`#!lua flags=no-writes,allow-oom
local out = {}
for i, id in ipairs(ARGV) do
  local run = redis.call('HMGET', KEYS[1] .. '${RUN_KEYS.run}' .. id, 's', 'a')
  out[i] = run[1] == 'w' and run[2] or ''
end
return out
`);

/** What a task that is about to be stored waits for. */
export interface Waits {
  taskid: string;
  after: readonly string[];
}

/**
 * The first of the tasks that would wait for itself, through any of the others or through tasks that
 * wait in the store; null when there is none. The store is looked through only where others wait
 * for these already, and 10,000 tasks at most: the commit script looks again, as far as it can, and
 * the task that closes a circle then fails.
 */
export async function findCircle(
  redis: Redis,
  keys: Keys,
  tasks: readonly Waits[],
): Promise<string | null> {
  const after = new Map(tasks.map((task) => [task.taskid, task.after]));
  const ids = [...after.keys()];
  const isAwaited = (await runScript<number>(redis, awaitedScript, [keys.shard], ids)) === 1;
  const named = isAwaited ? tasks.flatMap((task) => task.after) : [];
  let unread = [...new Set(named)].filter((id) => !after.has(id));
  let visited = 0;
  while (unread.length > 0 && visited < MOST_VISITED) {
    const ids = unread.splice(0, 1_000);
    visited += ids.length;
    const lists = await runScript<string[]>(redis, waitsScript, [keys.shard], ids);
    const further = new Set<string>();
    for (const [i, id] of ids.entries()) {
      const named = (lists[i] ?? "").split(" ").filter(Boolean);
      after.set(id, named);
      for (const other of named) further.add(other);
    }
    unread = [...new Set([...unread, ...further])].filter((id) => !after.has(id));
  }
  return circleIn(after, tasks);
}

function circleIn(
  after: ReadonlyMap<string, readonly string[]>,
  tasks: readonly Waits[],
): string | null {
  const clear = new Set<string>();
  for (const { taskid } of tasks) {
    const path = new Set<string>();
    // A frame per task on the path: its predecessors that are still to be looked at.
    const frames = [{ id: taskid, rest: [...(after.get(taskid) ?? [])] }];
    path.add(taskid);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.rest.pop();
      if (next === undefined) {
        clear.add(frame.id);
        path.delete(frame.id);
        frames.pop();
      } else if (path.has(next)) {
        return taskid;
      } else if (!clear.has(next)) {
        path.add(next);
        frames.push({ id: next, rest: [...(after.get(next) ?? [])] });
      }
    }
  }
  return null;
}
