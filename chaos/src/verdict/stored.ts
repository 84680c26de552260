import { PRIORITIES, type Priority, type PriorityTotals } from "@taskpulse/contract";
import { createKeys } from "@taskpulse/store";
import type { Redis } from "ioredis";
import { identityKey } from "../load/ledger.ts";

const PAGE = 1_000;

interface StoredRecord {
  readonly taskid: string;
  readonly batchid: string;
  readonly id: number | string;
  readonly owner: string;
  readonly priority: Priority;
}

/** What Redis holds, read key by key and not through the product's own queries. */
export interface Stored {
  /** By identity, from the records themselves. */
  readonly records: ReadonlyMap<string, StoredRecord>;
  /** How often each taskid stands in the task log. */
  readonly logged: ReadonlyMap<string, number>;
  readonly totals: { readonly total: number; readonly byPriority: PriorityTotals };
}

export async function readStored(redis: Redis): Promise<Stored> {
  const keys = createKeys();
  const totals = await redis.hgetall(keys.totals);
  const byPriority = PRIORITIES.map((priority, i) => [priority, Number(totals[`p${i}`] ?? 0)]);
  return {
    records: await readRecords(redis, keys.recordPrefix),
    logged: await readLog(redis, keys.log),
    totals: {
      total: Number(totals.total ?? 0),
      byPriority: Object.fromEntries(byPriority) as PriorityTotals,
    },
  };
}

/** A record is its log id, its webhook-id, the four fields as JSON and the others, a line each. */
async function readRecords(redis: Redis, prefix: string): Promise<Map<string, StoredRecord>> {
  const records = new Map<string, StoredRecord>();
  let cursor = "0";
  do {
    const [next, found] = await redis.scan(cursor, "MATCH", `${prefix}*`, "COUNT", PAGE);
    cursor = next;
    const texts = found.length === 0 ? [] : await redis.mget(found);
    for (const [i, text] of texts.entries()) {
      const [, , fields] = text?.split("\n") ?? [];
      if (fields === undefined) throw new Error(`${found[i]} holds no record`);
      const task = JSON.parse(fields) as Omit<StoredRecord, "taskid">;
      const taskid = (found[i] ?? "").slice(prefix.length);
      records.set(identityKey(task.batchid, task.id), { ...task, taskid });
    }
  } while (cursor !== "0");
  return records;
}

/** An entry is a priority's digit, a mark of the batch (4), and the taskid. */
async function readLog(redis: Redis, log: string): Promise<Map<string, number>> {
  const logged = new Map<string, number>();
  let from = "-";
  for (;;) {
    const entries = await redis.xrange(log, from, "+", "COUNT", PAGE);
    for (const [, [kind, entry = ""]] of entries) {
      if (kind !== "r") continue;
      const taskid = entry.slice(5);
      logged.set(taskid, (logged.get(taskid) ?? 0) + 1);
    }
    const last = entries.at(-1)?.[0];
    if (last === undefined) return logged;
    from = `(${last}`;
  }
}
