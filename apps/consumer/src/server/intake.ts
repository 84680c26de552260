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
import type { PlaceOf, TaskCheck, TaskProblems } from "./task-check.ts";

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
  | { kind: "notTasks"; reason: string; errors: FieldError[] }
  | Exclude<TaskProblems, { kind: "invalid" }>;

type Refusal = Exclude<StoreOutcome, { kind: "durable" }>;

export interface IntakeOptions {
  commit: GroupCommit;
  redis: Redis;
  keys: Keys;
  taskCheck: TaskCheck;
}

const IN_ARRAY: PlaceOf = (index) => [index];
const ALONE: PlaceOf = () => [];

/** The way into the store for every request that brings tasks. */
export class Intake {
  readonly #commit: GroupCommit;
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #taskCheck: TaskCheck;

  constructor({ commit, redis, keys, taskCheck }: IntakeOptions) {
    this.#commit = commit;
    this.#redis = redis;
    this.#keys = keys;
    this.#taskCheck = taskCheck;
  }

  /**
   * Whether the tasks fit what is stored, and what workers know; null when they do. Costs nothing
   * where none waits for others and none names what is not known.
   */
  async check(incoming: Incoming): Promise<Refusal | null> {
    return (await this.#names(incoming)) ?? this.#circles(incoming);
  }

  #names({ tasks, many }: Incoming): Refusal | null | Promise<Refusal | null> {
    const found = this.#taskCheck.look(tasks, many ? IN_ARRAY : ALONE);
    return found instanceof Promise
      ? found.then((problems) => refusalOf(problems, many))
      : refusalOf(found, many);
  }

  async #circles(incoming: Incoming): Promise<Refusal | null> {
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
    // Most tasks wait for nothing and name nothing: for them, this is the commit and no more.
    const names = this.#names(incoming);
    return names === null && !incoming.tasks.some(waitsForOthers)
      ? this.store(incoming)
      : this.#checkAndStore(incoming, names);
  }

  /** Stores what `check` has found good. Never rejects. */
  store({ encoded }: Incoming): Promise<CommitOutcome> {
    return this.#commit.add(encoded);
  }

  async #checkAndStore(
    incoming: Incoming,
    names: Refusal | null | Promise<Refusal | null>,
  ): Promise<StoreOutcome> {
    const began = performance.now();
    const refusal = (await names) ?? (await this.#circles(incoming));
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

function refusalOf(problems: TaskProblems | null, many: boolean): Refusal | null {
  return problems?.kind === "invalid"
    ? notTasks(many ? NOT_TASKS : NOT_A_TASK, problems.errors)
    : problems;
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
