import { MAX_BODY_BYTES, MAX_TASKS_PER_REQUEST, MAX_VALUES_PER_REQUEST } from "@taskpulse/contract";

/** `[` and `]`. */
const BRACKETS = 2;

/**
 * Puts tasks into as few requests as there may be, in their order.
 *
 * @param tasks the JSON of each
 * @throws TypeError when one is too large for any request
 */
export function splitTasks(tasks: readonly string[]): string[][] {
  for (const [index, task] of tasks.entries()) checkSize(task, `the task at [${index}]`, BRACKETS);
  const requests: string[][] = [];
  let bytesLeft = 0;
  let valuesLeft = 0;
  let current: string[] = [];
  for (const task of tasks) {
    const bytes = Buffer.byteLength(task) + 1;
    const values = mostValues(task);
    const isFull = current.length === MAX_TASKS_PER_REQUEST;
    if (requests.length === 0 || isFull || bytes > bytesLeft || values > valuesLeft) {
      current = [];
      requests.push(current);
      // The last one has no comma behind it.
      bytesLeft = MAX_BODY_BYTES - BRACKETS + 1;
      valuesLeft = MAX_VALUES_PER_REQUEST;
    }
    current.push(task);
    bytesLeft -= bytes;
    valuesLeft -= values;
  }
  return requests;
}

/** @throws TypeError when the JSON of a task is larger than a request may be */
export function checkSize(task: string, what: string, around = 0): void {
  const bytes = Buffer.byteLength(task) + around;
  if (bytes <= MAX_BODY_BYTES) return;
  throw new TypeError(`${what} takes ${bytes} bytes as JSON; a request holds ${MAX_BODY_BYTES}`);
}

/** At least as many as the task has fields and items: each follows one of these, as texts may, too. */
function mostValues(task: string): number {
  return task.match(/[,{[]/g)?.length ?? 0;
}
