import { describe } from "./describe.ts";
import type { Predecessor, StartOptions } from "./task-options.ts";

const TASKID = /^[a-z][a-z0-9]{25}$/;

/**
 * The options as fields of a task, with the names that they have there. Bounds are left to
 * Taskpulse, which names all that are broken at once.
 *
 * @throws TypeError for what could not even be sent; whatever a predecessor that is still being
 *   sent fails with
 */
export async function taskFields(options: StartOptions): Promise<Record<string, unknown>> {
  const { priority, owner, description, delay, deadline, webhook } = options;
  return {
    priority,
    owner,
    description,
    delay,
    run_at: options.runAt === undefined ? undefined : readTime(options.runAt),
    after: options.after === undefined ? undefined : await readPredecessors(options.after),
    max_retries: options.retries,
    retry_intervals: options.retryIntervals,
    deadline,
    webhook: typeof webhook === "string" ? { url: webhook } : webhook,
  };
}

/** @throws TypeError when it is none */
export function checkTaskid(taskid: unknown): asserts taskid is string {
  if (typeof taskid === "string" && TASKID.test(taskid)) return;
  throw new TypeError(
    `a taskid is 26 letters and digits, not ${typeof taskid === "string" ? "another text" : describe(taskid)}`,
  );
}

function readTime(time: unknown): string {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString();
  if (typeof time === "string") return time;
  throw new TypeError("`runAt` must be a valid Date, or a text such as 2026-01-31T12:00:00Z");
}

async function readPredecessors(after: Predecessor | readonly Predecessor[]): Promise<string[]> {
  const all: readonly Predecessor[] = isList(after) ? after : [after];
  return Promise.all(all.map(async (one) => readPredecessor(await one)));
}

function isList(after: Predecessor | readonly Predecessor[]): after is readonly Predecessor[] {
  return Array.isArray(after);
}

function readPredecessor(one: unknown): string {
  const taskid = typeof one === "object" && one !== null && "taskid" in one ? one.taskid : one;
  try {
    checkTaskid(taskid);
    return taskid;
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new TypeError(`\`after\` must hold handles or taskids: ${why}`);
  }
}
