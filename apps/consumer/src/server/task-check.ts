import { type FieldError, fieldPath, readArgs, type Task } from "@taskpulse/contract";
import type { Known, WorkerCatalogue } from "./worker-catalogue.ts";

/** What must be known to workers before a task is taken. */
export type CheckedTask = Pick<Task, "handler" | "args" | "webhook">;

export type TaskProblems =
  /** Each error's path begins with the place of its task. */
  | { kind: "invalid"; errors: FieldError[] }
  /** It can't be said now: the store is away, too many ask already, there has been no worker yet. */
  | { kind: "unavailable"; reason: string }
  | { kind: "overloaded" }
  | { kind: "noWorker" };

/** Where a task stands in what was sent: `[]`, its index in an array, `["task"]`. */
export type PlaceOf = (index: number) => readonly PropertyKey[];

/** Every worker has it. */
const DEFAULT_CALLER = "basic";
const MAX_ERRORS = 100;
/** Whose tasks are held in memory meanwhile. */
const MAX_WAITING = 64;
const MAX_LISTED = 20;

/**
 * Whether workers know what tasks name: handlers, what those take, and callers of result webhooks. A task that
 * names nothing costs nothing, and one that names what is known is looked at without waiting.
 */
export class TaskCheck {
  readonly #catalogue: WorkerCatalogue;
  #waiting = 0;

  constructor(catalogue: WorkerCatalogue) {
    this.#catalogue = catalogue;
  }

  /** Null when all of them are good; a promise only where the store must be asked. */
  look(
    tasks: readonly CheckedTask[],
    placeOf: PlaceOf,
  ): TaskProblems | null | Promise<TaskProblems | null> {
    if (!tasks.some(namesSomething)) return null;
    const { known } = this.#catalogue;
    if (known === null || errorsOf(tasks, placeOf, known).length > 0) {
      return this.#lookAgain(tasks, placeOf);
    }
    this.#catalogue.used();
    return null;
  }

  async #lookAgain(tasks: readonly CheckedTask[], placeOf: PlaceOf): Promise<TaskProblems | null> {
    if (this.#waiting >= MAX_WAITING) return { kind: "overloaded" };
    this.#waiting += 1;
    const isFresh = await this.#catalogue.refresh().finally(() => {
      this.#waiting -= 1;
    });
    const { known } = this.#catalogue;
    if (!isFresh || known === null) {
      return { kind: "unavailable", reason: "Redis has not told what workers can do" };
    }
    const errors = errorsOf(tasks, placeOf, known);
    if (errors.length === 0) return null;
    // A new store: nobody knows yet what there will be, so it is too early to refuse for good.
    return known.handlers.size === 0 ? { kind: "noWorker" } : { kind: "invalid", errors };
  }
}

function namesSomething({ handler, webhook }: CheckedTask): boolean {
  return handler !== undefined || (webhook?.name ?? DEFAULT_CALLER) !== DEFAULT_CALLER;
}

function errorsOf(tasks: readonly CheckedTask[], placeOf: PlaceOf, known: Known): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, task] of tasks.entries()) {
    for (const { path, message } of taskErrors(task, known)) {
      errors.push({ path: fieldPath([...placeOf(index), path]), message });
      if (errors.length >= MAX_ERRORS) return errors;
    }
  }
  return errors;
}

function taskErrors({ handler, args, webhook }: CheckedTask, known: Known): FieldError[] {
  const errors: FieldError[] = [];
  if (handler !== undefined) {
    const found = known.handlers.get(handler);
    if (found === undefined) {
      const message = `must be a handler that a worker has: ${listed(known.handlers.keys())}`;
      errors.push({ path: "handler", message });
    } else if (found.schema !== null) {
      const read = readArgs(found.schema, found.info.args, args);
      if (read.kind === "invalid") errors.push(...read.errors);
    }
  }
  const caller = webhook?.name ?? DEFAULT_CALLER;
  if (caller !== DEFAULT_CALLER && !known.callers.has(caller)) {
    const callers = new Set([DEFAULT_CALLER, ...known.callers]);
    const message = `must be a caller that a worker has: ${listed(callers)}`;
    errors.push({ path: "webhook.name", message });
  }
  return errors;
}

function listed(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, MAX_LISTED).join(", ");
  return all.length > MAX_LISTED ? `${shown} and ${all.length - MAX_LISTED} more` : shown || "none";
}
