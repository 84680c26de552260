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
  | { kind: "tasks"; tasks: Task[] }
  | { kind: "notJson"; reason: string }
  | { kind: "notTasks"; reason: string; errors: FieldError[] };

/** How many bad fields one answer names. */
const MAX_ERRORS = 100;

/**
 * One task, or an array of 1 to 1,000: all of them are good, or none is taken. Of a key that stands
 * twice the last one counts. What is given back is what was sent and not what the schema made of
 * it: that leaves out fields named `__proto__`.
 */
export function parseTasks(body: Buffer): ParsedTasks {
  const parsed = parseJson(body);
  if (parsed.kind === "notJson") return parsed;
  const { json, text } = parsed;
  const errors: FieldError[] = [];
  const walk = newWalk();
  if (!Array.isArray(json)) {
    if (!isTask(json, [], walk, errors)) return refused("The body is not a task", errors);
    return mayLoseDigits(text) ? withDigits(text) : { kind: "tasks", tasks: [json] };
  }
  const what = "The body is not an array of tasks";
  if (json.length === 0 || json.length > MAX_TASKS_PER_REQUEST) {
    const message = `an array holds 1 to ${MAX_TASKS_PER_REQUEST} tasks, this one ${json.length}`;
    return refused(what, [{ path: "", message }]);
  }
  const tasks: Task[] = [];
  for (const [index, item] of json.entries()) {
    if (isTask(item, [index], walk, errors)) tasks.push(item);
    if (errors.length >= MAX_ERRORS || walk.valuesLeft < 0) break;
  }
  if (errors.length > 0) return refused(what, errors);
  return mayLoseDigits(text) ? withDigits(text) : { kind: "tasks", tasks };
}

/** The same tasks with every digit of their numbers: known to be tasks, and not to be nested deep. */
function withDigits(text: string): ParsedTasks {
  const exact = parseExact(text);
  const many = Array.isArray(exact);
  const tasks = (many ? exact : [exact]) as Task[];
  // A double may round 9007199254740991.2 to a whole number, and so to another task's identity.
  const rounded = tasks.findIndex(({ id }) => typeof id === "object");
  if (rounded === -1) {
    for (const task of tasks) roundNumbers(taskSchema, task);
    return { kind: "tasks", tasks };
  }
  const path = many ? `${rounded}.id` : "id";
  return refused("The body has an id that is no whole number", [{ path, message: ID_RULE }]);
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

function refused(reason: string, errors: FieldError[]): ParsedTasks {
  const first = errors[0];
  const where = first === undefined || first.path === "" ? "" : `${first.path}: `;
  return {
    kind: "notTasks",
    reason: first === undefined ? `${reason}.` : `${reason}: ${where}${first.message}.`,
    errors: errors.slice(0, MAX_ERRORS),
  };
}
