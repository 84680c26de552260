import {
  isExactNumber,
  type Priority,
  TASK_STATES,
  type Task,
  type TaskRow,
  type TaskState,
} from "@taskpulse/contract";
import { batchMark, taskidOf } from "./identity.ts";
import { STATE_CHARS } from "./run-lua.ts";
import { runPlan } from "./run-plan.ts";

/**
 * How one task is written:
 * - log entry: `<priority digit><batch mark, 4><taskid, 26>`
 * - record: `<log id>\n<webhook-id>\n<four fields as JSON>\n<the other fields as JSON, or nothing>`, with
 *   `<log id>*` where the task is run; or `-<state character if it was run>\n<SHA-1 of the JSON>` once
 *   retention has taken the record but its identity must still be remembered.
 *
 * A task may be 1 MiB large; what lists show of it stands at the beginning, within HEAD_BYTES.
 */
export interface EncodedTask {
  taskid: string;
  /** The log entry, and after it the run plan of a task that is run: see `run-plan.ts`. */
  entry: string;
  /** The record without its log id, which only Redis can give. */
  tail: string;
}

const PRIORITY_DIGIT: Record<Priority, string> = {
  Low: "0",
  Moderate: "1",
  Major: "2",
  Critical: "3",
};
const ENTRY = /^([0-3]).{4}([a-z][a-z0-9]{25})$/;

export function encodeTask(task: Task, webhookId = ""): EncodedTask {
  const taskid = taskidOf(task.batchid, task.id);
  return {
    taskid,
    entry: PRIORITY_DIGIT[task.priority] + batchMark(task.batchid) + taskid + runPlan(task),
    tail: `${webhookId}\n${canonicalLines(task)}`,
  };
}

export function priorityDigit(priority: Priority): string {
  return PRIORITY_DIGIT[priority];
}

/**
 * Where the four fields end at the latest: two separators, a log id, a webhook-id of 200 characters,
 * and three texts of 200 characters, each at most six bytes long when escaped.
 */
export const HEAD_BYTES = 4_096;

export interface StoredTask {
  /** Both parts of its log id. */
  receivedMs: number;
  seq: number;
  /** Whether the task is run; otherwise it is only recorded. */
  runnable: boolean;
  webhookId: string;
  /** The four required fields as JSON. */
  head: string;
  /** All other fields as JSON; empty when there are none, or when only the head was read. */
  rest: string;
}

/** Null for the mark that retention leaves behind. */
export function decodeRecord(record: string): StoredTask | null {
  const first = record.indexOf("\n");
  const second = record.indexOf("\n", first + 1);
  const third = record.indexOf("\n", second + 1);
  if (record.startsWith("-") || second < 0 || third < 0) return null;
  return {
    receivedMs: Number.parseInt(record, 10),
    seq: Number.parseInt(record.slice(record.indexOf("-") + 1, first), 10),
    runnable: record[first - 1] === "*",
    webhookId: record.slice(first + 1, second),
    head: record.slice(second + 1, third),
    rest: record.slice(third + 1),
  };
}

/** The whole task as JSON, in canonical form. */
export function taskJson({ head, rest }: StoredTask): string {
  return rest === "" ? head : `${head.slice(0, -1)},${rest.slice(1)}`;
}

export function taskidOfEntry(entry: string): string | null {
  return ENTRY.exec(entry)?.[2] ?? null;
}

const STATE_OF = new Map(TASK_STATES.map((state) => [STATE_CHARS[state] as string, state]));

/** The state that a character stands for; `received` for a task that has no run hash. */
export function stateOf(char: string): TaskState {
  return STATE_OF.get(char) ?? "received";
}

/** What lists show. The record was validated when it was written. */
export function toRow(taskid: string, stored: StoredTask, state: TaskState): TaskRow {
  const task = JSON.parse(stored.head) as Task;
  return {
    taskid,
    batchid: task.batchid,
    id: task.id,
    owner: task.owner,
    priority: task.priority,
    state,
    received_at: new Date(stored.receivedMs).toISOString(),
    seq: stored.seq,
  };
}

/**
 * The four required fields, and all others with their keys sorted: two tasks with the same fields
 * give the same text, whatever order the sender wrote them in.
 */
function canonicalLines(task: Task): string {
  const { batchid, id, owner, priority } = task;
  const head = JSON.stringify({ batchid, id, owner, priority });
  const others = Object.keys(task).filter((key) => !HEAD_FIELDS.has(key));
  if (others.length === 0) return `${head}\n`;
  const rest = JSON.stringify(inOrder(task, others));
  return rest === "{}" ? `${head}\n` : `${head}\n${rest}`;
}

const HEAD_FIELDS = new Set(["batchid", "id", "owner", "priority"]);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null || isExactNumber(value)) return value;
  return inOrder(value, Object.keys(value));
}

/** These fields of the object, sorted. */
function inOrder(value: object, keys: string[]): object {
  // fromEntries defines own properties, so a key named __proto__ stays data.
  return Object.fromEntries(keys.sort().map((key) => [key, sorted(Reflect.get(value, key))]));
}
