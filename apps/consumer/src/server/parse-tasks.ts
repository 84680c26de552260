import { isUtf8 } from "node:buffer";
import { type FieldError, MAX_TASKS_PER_REQUEST, type Task, taskSchema } from "@taskpulse/contract";

export type ParsedTasks =
  | { kind: "tasks"; tasks: Task[] }
  | { kind: "notJson"; reason: string }
  | { kind: "notTasks"; reason: string; errors: FieldError[] };

/** How many bad fields one answer names. */
const MAX_ERRORS = 100;
/** How deep the fields of a task may be nested: whoever reads it later may recurse. */
const MAX_DEPTH = 100;

/** One task, or an array of 1 to 1,000: all of them are good, or none is taken. */
export function parseTasks(body: Buffer): ParsedTasks {
  if (!isUtf8(body)) return { kind: "notJson", reason: "The body is not valid UTF-8." };
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch (error) {
    const detail = error instanceof Error ? `: ${error.message}` : "";
    return { kind: "notJson", reason: `The body is not JSON${detail}.` };
  }
  return Array.isArray(json) ? parseMany(json) : parseOne(json);
}

function parseOne(json: unknown): ParsedTasks {
  const errors: FieldError[] = [];
  const task = validate(json, "", errors);
  return task === null
    ? refused("The body is not a task", errors)
    : { kind: "tasks", tasks: [task] };
}

function parseMany(json: readonly unknown[]): ParsedTasks {
  if (json.length === 0 || json.length > MAX_TASKS_PER_REQUEST) {
    const message = `an array holds 1 to ${MAX_TASKS_PER_REQUEST} tasks, this one ${json.length}`;
    return refused("The body is not an array of tasks", [{ path: "", message }]);
  }
  const errors: FieldError[] = [];
  const tasks: Task[] = [];
  for (const [index, item] of json.entries()) {
    const task = validate(item, `${index}.`, errors);
    if (task !== null) tasks.push(task);
    if (errors.length >= MAX_ERRORS) break;
  }
  return errors.length > 0
    ? refused("The body is not an array of tasks", errors)
    : { kind: "tasks", tasks };
}

function validate(json: unknown, prefix: string, errors: FieldError[]): Task | null {
  if (isDeeperThan(MAX_DEPTH, json)) {
    const message = `must not be nested deeper than ${MAX_DEPTH} levels`;
    errors.push({ path: prefix.replace(/\.$/, ""), message });
    return null;
  }
  const result = taskSchema.safeParse(json);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const path = prefix + issue.path.map(String).join(".");
    errors.push({ path: path.replace(/\.$/, ""), message: issue.message });
  }
  return null;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeperThan(levels - 1, inner)) return true;
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
