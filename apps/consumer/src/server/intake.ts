import type { FieldError, Task } from "@taskpulse/contract";
import { askStore, within } from "@taskpulse/runtime";
import {
  type CommitOutcome,
  type EncodedTask,
  encodeTask,
  findCircle,
  type GroupCommit,
  isRun,
  type Keys,
} from "@taskpulse/store";
import type { Redis } from "ioredis";
import { NOT_A_TASK, NOT_TASKS, notTasks } from "./parse-tasks.ts";

/** How long the store may take to tell what waits for what, and then to take the tasks. */
const CIRCLE_LIMIT_MS = 800;
const TOTAL_LIMIT_MS = 1_900;

/** Tasks that one request brought, good as far as they tell by themselves. */
export interface Incoming {
  tasks: readonly Task[];
  encoded: readonly EncodedTask[];
  /** They came as an array. */
  many: boolean;
}

export type StoreOutcome =
  | CommitOutcome
  /** They can't be stored beside what there is; nothing was. */
  | { kind: "notTasks"; reason: string; errors: FieldError[] };

/** The way into the store for every request that brings tasks. */
export class Intake {
  readonly #commit: GroupCommit;
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor({ commit, redis, keys }: { commit: GroupCommit; redis: Redis; keys: Keys }) {
    this.#commit = commit;
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Whether the tasks fit what is stored; null when they do. Costs nothing where none waits for others. */
  async check(incoming: Incoming): Promise<Exclude<StoreOutcome, { kind: "durable" }> | null> {
    const waits = waitsOf(incoming);
    if (waits.length === 0) return null;
    const found = await askStore(() => findCircle(this.#redis, this.#keys, waits), CIRCLE_LIMIT_MS);
    switch (found.kind) {
      case "answered":
        return found.value === null ? null : inCircle(found.value, incoming);
      case "full":
        return { kind: "full" };
      case "unavailable":
        return { kind: "unavailable", reason: "Redis has not told what waits for what" };
      default:
        return found satisfies never;
    }
  }

  /** Checks and stores. Rejects only where something is broken here. */
  add(incoming: Incoming): Promise<StoreOutcome> {
    // Most tasks wait for nothing: for them, this is the commit and no more.
    return incoming.tasks.some(waitsForOthers)
      ? this.#checkAndStore(incoming)
      : this.store(incoming);
  }

  /** Stores what `check` has found good. Never rejects. */
  store({ encoded }: Incoming): Promise<CommitOutcome> {
    return this.#commit.add(encoded);
  }

  async #checkAndStore(incoming: Incoming): Promise<StoreOutcome> {
    const began = performance.now();
    const refusal = await this.check(incoming);
    if (refusal !== null) return refusal;
    const leftMs = TOTAL_LIMIT_MS - (performance.now() - began);
    return within(leftMs, this.store(incoming)).catch(() => ({
      kind: "unavailable" as const,
      reason: "Redis has not answered in time",
    }));
  }
}

export function incomingTasks(
  { tasks, many }: { tasks: readonly Task[]; many: boolean },
  webhookId = "",
): Incoming {
  return { tasks, many, encoded: tasks.map((task) => encodeTask(task, webhookId)) };
}

/** Tasks that are only recorded wait for nothing, whatever they say. */
function waitsForOthers(task: Task): boolean {
  return task.after !== undefined && task.after.length > 0 && isRun(task);
}

function waitsOf({ tasks, encoded }: Incoming) {
  return encoded.flatMap(({ taskid }, index) => {
    const task = tasks[index];
    return task !== undefined && waitsForOthers(task) ? [{ taskid, after: task.after ?? [] }] : [];
  });
}

function inCircle(taskid: string, { encoded, many }: Incoming) {
  const index = encoded.findIndex((task) => task.taskid === taskid);
  return notTasks(many ? NOT_TASKS : NOT_A_TASK, [
    {
      path: many ? `${index}.after` : "after",
      message: `must not lead back to the task itself, which is ${taskid}`,
    },
  ]);
}
