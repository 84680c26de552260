import { isUtf8 } from "node:buffer";
import {
  type FieldError,
  fieldPath,
  ID_RULE,
  MAX_TASKS_PER_REQUEST,
  MAX_VALUES_PER_REQUEST,
  mayLoseDigits,
  PLAIN,
  parseExact,
  type Task,
  taskSchema,
} from "@taskpulse/contract";
import { roundNumbers } from "./round-numbers.ts";

export type ParsedTasks =
  | { kind: "tasks"; tasks: Task[] }
  | { kind: "notJson"; reason: string }
  | { kind: "notTasks"; reason: string; errors: FieldError[] };

/** How many bad fields one answer names. */
const MAX_ERRORS = 100;
/** How deep the fields of a task may be nested: whoever reads it later may recurse. */
const MAX_DEPTH = 100;

/**
 * One task, or an array of 1 to 1,000: all of them are good, or none is taken. Of a key that stands
 * twice the last one counts. What is given back is what was sent and not what the schema made of
 * it: that leaves out fields named `__proto__`.
 */
export function parseTasks(body: Buffer): ParsedTasks {
  if (!isUtf8(body)) return { kind: "notJson", reason: "The body is not valid UTF-8." };
  const text = body.toString("utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? `: ${error.message}` : "";
    return { kind: "notJson", reason: `The body is not JSON${detail}.` };
  }
  const errors: FieldError[] = [];
  const walk: Walk = { valuesLeft: MAX_VALUES_PER_REQUEST };
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
  const problem = shapeProblem(json, MAX_DEPTH, walk);
  if (problem !== null) {
    errors.push({ path: fieldPath(place), message: SHAPE[problem] });
    return false;
  }
  const result = taskSchema.safeParse(json, PLAIN);
  if (result.success) return true;
  for (const issue of result.error.issues.slice(0, MAX_ERRORS)) {
    errors.push({ path: fieldPath([...place, ...issue.path]), message: issue.message });
  }
  return false;
}

/** What is left to the tasks of one request that are still to be looked at. */
interface Walk {
  valuesLeft: number;
}

const SHAPE = {
  deep: `must not be nested deeper than ${MAX_DEPTH} levels`,
  wide: `the tasks of one request must not hold more than ${MAX_VALUES_PER_REQUEST} fields and array items together`,
};

function shapeProblem(value: unknown, levels: number, walk: Walk): keyof typeof SHAPE | null {
  if (typeof value !== "object" || value === null) return null;
  if (levels === 0) return "deep";
  const values = Object.values(value);
  walk.valuesLeft -= values.length;
  if (walk.valuesLeft < 0) return "wide";
  for (const inner of values) {
    const problem = shapeProblem(inner, levels - 1, walk);
    if (problem !== null) return problem;
  }
  return null;
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
