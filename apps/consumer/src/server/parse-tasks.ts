import {
  type FieldError,
  fieldPath,
  ID_RULE,
  MAX_TASKS_PER_REQUEST,
  mayLoseDigits,
  PLAIN,
  parseExact,
  type Task,
  taskSchema,
} from "@taskpulse/contract";
import { newWalk, parseJson, shapeProblem, type Walk } from "./json-body.ts";
import { roundNumbers } from "./round-numbers.ts";

export type ParsedTasks =
  /** `many`: they came as an array, and errors name a task by its place. */
  | { kind: "tasks"; tasks: Task[]; many: boolean }
  | { kind: "notJson"; reason: string }
  | { kind: "notTasks"; reason: string; errors: FieldError[] };

/** How many bad fields one answer names. */
const MAX_ERRORS = 100;

/** Gives what was sent, as task number `index`, the fields that it may leave out. */
export type CompleteTask = (sent: object, index: number) => void;

/**
 * One task, or an array of 1 to 1,000: all of them are good, or none is taken. Of a key that stands
 * twice the last one counts. What is given back is what was sent and not what the schema made of
 * it: that leaves out fields named `__proto__`.
 *
 * @param complete may be called twice for a task, and must do the same both times
 */
export function parseTasks(body: Buffer, complete?: CompleteTask): ParsedTasks {
  const parsed = parseJson(body);
  if (parsed.kind === "notJson") return parsed;
  const { json, text } = parsed;
  const errors: FieldError[] = [];
  const walk = newWalk();
  if (!Array.isArray(json)) {
    if (complete !== undefined) completeAll([json], complete);
    if (!isTask(json, [], walk, errors)) return notTasks(NOT_A_TASK, errors);
    return mayLoseDigits(text)
      ? withDigits(text, complete)
      : { kind: "tasks", tasks: [json], many: false };
  }
  const what = NOT_TASKS;
  if (json.length === 0 || json.length > MAX_TASKS_PER_REQUEST) {
    const message = `an array holds 1 to ${MAX_TASKS_PER_REQUEST} tasks, this one ${json.length}`;
    return notTasks(what, [{ path: "", message }]);
  }
  if (complete !== undefined) completeAll(json, complete);
  const tasks: Task[] = [];
  for (const [index, item] of json.entries()) {
    if (isTask(item, [index], walk, errors)) tasks.push(item);
    if (errors.length >= MAX_ERRORS || walk.valuesLeft < 0) break;
  }
  if (errors.length > 0) return notTasks(what, errors);
  return mayLoseDigits(text) ? withDigits(text, complete) : { kind: "tasks", tasks, many: true };
}

export const NOT_A_TASK = "The body is not a task";
export const NOT_TASKS = "The body is not an array of tasks";

function completeAll(items: readonly unknown[], complete: CompleteTask): void {
  for (const [index, item] of items.entries()) {
    if (typeof item === "object" && item !== null && !Array.isArray(item)) complete(item, index);
  }
}

/** The same tasks with every digit of their numbers: known to be tasks, and not to be nested deep. */
function withDigits(text: string, complete?: CompleteTask): ParsedTasks {
  const exact = parseExact(text);
  const many = Array.isArray(exact);
  const tasks = (many ? exact : [exact]) as Task[];
  if (complete !== undefined) completeAll(tasks, complete);
  // A double may round 9007199254740991.2 to a whole number, and so to another task's identity.
  const rounded = tasks.findIndex(({ id }) => typeof id === "object");
  if (rounded === -1) {
    for (const task of tasks) roundNumbers(taskSchema, task);
    return { kind: "tasks", tasks, many };
  }
  const path = many ? `${rounded}.id` : "id";
  return notTasks("The body has an id that is no whole number", [{ path, message: ID_RULE }]);
}

function isTask(
  json: unknown,
  place: readonly number[],
  walk: Walk,
  errors: FieldError[],
): json is Task {
  const problem = shapeProblem(json, walk);
  if (problem !== null) {
    errors.push({ path: fieldPath(place), message: problem });
    return false;
  }
  const result = taskSchema.safeParse(json, PLAIN);
  if (result.success) return true;
  for (const issue of result.error.issues.slice(0, MAX_ERRORS)) {
    errors.push({ path: fieldPath([...place, ...issue.path]), message: issue.message });
  }
  return false;
}

/** @param reason how the sentence begins that names the first of the errors */
export function notTasks(
  reason: string,
  errors: FieldError[],
): Extract<ParsedTasks, { kind: "notTasks" }> {
  const first = errors[0];
  const where = first === undefined || first.path === "" ? "" : `${first.path}: `;
  return {
    kind: "notTasks",
    reason: first === undefined ? `${reason}.` : `${reason}: ${where}${first.message}.`,
    errors: errors.slice(0, MAX_ERRORS),
  };
}
