import { randomUUID } from "node:crypto";
import { signWebhook, type WebhookSecret } from "@taskpulse/webhook";
import { type Connection, fieldsOf } from "./connection.ts";
import { describe, isPlainObject, knownOptions } from "./describe.ts";
import { TaskpulseError } from "./errors.ts";
import { type Patience, readPatience } from "./patience.ts";
import { refusal } from "./refusal.ts";
import type { SendOptions, SendResult } from "./send-result.ts";
import { sendUntilTaken } from "./send-until-taken.ts";
import { checkSize, splitTasks } from "./split-tasks.ts";
import type { TaskInput } from "./task-input.ts";
import { toJson } from "./to-json.ts";

export interface Sender {
  connection: Connection;
  /** Null: send unsigned. */
  secret: WebhookSecret | null;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export async function sendOne(
  sender: Sender,
  task: TaskInput,
  options: SendOptions = {},
): Promise<SendResult> {
  const patience = readSendOptions("sendTask", options);
  const body = encode(task, "the task");
  checkSize(body, "the task");
  return post(sender, body, patience);
}

/** One request after the other: what was sent first is stored first. */
export async function sendMany(
  sender: Sender,
  tasks: readonly TaskInput[],
  options: SendOptions = {},
): Promise<SendResult> {
  const patience = readSendOptions("sendTasks", options);
  if (!Array.isArray(tasks)) {
    throw new TypeError(`sendTasks takes an array of tasks, not ${describe(tasks)}`);
  }
  const requests = splitTasks(tasks.map((task, index) => encode(task, `the task at [${index}]`)));
  const total: SendResult = { accepted: 0, duplicates: 0, conflicts: 0, taskids: [] };
  for (const request of requests) {
    try {
      add(total, await post(sender, `[${request.join(",")}]`, patience, total.taskids.length));
    } catch (error) {
      if (error instanceof TaskpulseError) error.sent = total;
      throw error;
    }
  }
  return total;
}

function add(total: SendResult, more: SendResult): void {
  total.accepted += more.accepted;
  total.duplicates += more.duplicates;
  total.conflicts += more.conflicts;
  for (const taskid of more.taskids) total.taskids.push(taskid);
}

async function post(
  { connection, secret }: Sender,
  body: string,
  patience: Patience,
  firstIndex = 0,
): Promise<SendResult> {
  // Names the message: the same for every try, while the timestamp is that of the try.
  const id = `msg_${randomUUID()}`;
  const request = () => ({
    method: "POST" as const,
    path: "/consumetasks",
    body,
    headers: secret === null ? {} : { ...signWebhook({ id, nowMs: Date.now(), body, secret }) },
  });
  const answer = await sendUntilTaken(connection, request, patience);
  const result = answer.status === 200 ? readResult(answer.body) : null;
  if (result === null) throw refusal(connection.base, "what was sent", answer, firstIndex);
  return result;
}

function readResult(body: unknown): SendResult | null {
  const { accepted, duplicates, conflicts, taskids } = fieldsOf(fieldsOf(body).retval);
  if (typeof accepted !== "number" || typeof duplicates !== "number") return null;
  if (typeof conflicts !== "number" || !Array.isArray(taskids)) return null;
  return { accepted, duplicates, conflicts, taskids: taskids.map(String) };
}

function encode(task: unknown, what: string): string {
  if (isPlainObject(task)) return toJson(what, task);
  throw new TypeError(`${what} must be an object, not ${describe(task)}`);
}

function readSendOptions(where: string, options: SendOptions): Patience {
  knownOptions(where, options, ["timeoutMs", "signal"]);
  return readPatience(options, DEFAULT_TIMEOUT_MS);
}
