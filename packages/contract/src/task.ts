import { z } from "zod";
import { boundedNumber, isoDate } from "./bounds.ts";
import type { Attempt, TaskError } from "./outcome.ts";
import {
  httpUrl,
  intervals,
  refuseBadHeaders,
  retries,
  timeoutSeconds,
  webhookRequestFields,
} from "./outgoing-fields.ts";
import { PRIORITIES } from "./priority.ts";
import type { TaskState } from "./task-state.ts";

const NAME = "must be a text of 1 to 200 characters";
/** What is said of a bad `id`. */
export const ID_RULE =
  "must be a whole number from 0 to 9007199254740991, or a text of 1 to 200 characters; send a longer number as a text";
const name = z.string({ error: NAME }).min(1, NAME).max(200, NAME);
const args = z.record(z.string(), z.unknown(), { error: "must be an object" });
const DESCRIPTION = "must be a text of at most 10,000 characters";
const AFTER = "must be an array of at most 1,000 taskids";

const callMethod = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
const TASKID = "must be a taskid";
export const taskidText = z.string(TASKID).regex(/^[a-z][a-z0-9]{25}$/, TASKID);

const callSchema = z.looseObject({
  url: httpUrl,
  method: callMethod.optional().describe("Default: POST."),
  args: args
    .optional()
    .describe("GET and HEAD put them into the query, other methods send them as a form."),
  timeout: timeoutSeconds.optional().describe("Seconds. Default: 5."),
});

const resultWebhookSchema = z
  .looseObject({
    name: name.optional().describe("The caller that delivers. Default: `basic`."),
    url: httpUrl,
    ...webhookRequestFields,
  })
  .superRefine(refuseBadHeaders);

const id = z.union([z.int({ error: ID_RULE }).min(0, ID_RULE), name], { error: ID_RULE });

/** All fields but those of the identity. */
const content = {
  owner: name,
  priority: z.enum(PRIORITIES, { error: "must be Low, Moderate, Major or Critical" }),
  raised_date: isoDate.optional(),
  description: z.string(DESCRIPTION).max(10_000, DESCRIPTION).optional(),
  call: callSchema.optional().describe("Runs the task by calling an HTTP endpoint."),
  handler: name.optional().describe("Runs the task by a handler that workers have by this name."),
  args: args.optional().describe("What the handler takes."),
  max_retries: retries.optional().describe("Default: 3."),
  retry_intervals: intervals
    .optional()
    .describe("Seconds, the last one repeats, each ±20 %. Default: `[5]`."),
  delay: boundedNumber(0, 31_536_000, "seconds").optional().describe("Seconds to wait."),
  run_at: isoDate.optional().describe("Not before this time; UTC without an offset."),
  after: z
    .array(taskidText, AFTER)
    .max(1_000, AFTER)
    .optional()
    .describe("Taskids; all must have succeeded, and a failed one fails this."),
  deadline: boundedNumber(1, 31_536_000, "seconds")
    .optional()
    .describe("Seconds that an endpoint has to report after a 202. Default: 3,600."),
  webhook: resultWebhookSchema.optional().describe("Whom to tell how it ended."),
};

const runsInOneWay = (task: { call?: unknown; handler?: unknown }) =>
  task.call === undefined || task.handler === undefined;
const ONE_WAY = {
  path: ["handler"],
  error: "a task has either a call or a handler, not both",
};

/**
 * One incoming task. Unknown fields are kept and shown, never executed. Defaults are not filled
 * in: the record holds what the sender said.
 */
export const taskSchema = z
  .looseObject({ batchid: name, id, ...content })
  .refine(runsInOneWay, ONE_WAY);

/** A task whose identity, or a part of it, is made by whoever takes it. */
export const unnamedTaskSchema = z
  .looseObject({ batchid: name.optional(), id: id.optional(), ...content })
  .refine(runsInOneWay, ONE_WAY);

export type Task = z.infer<typeof taskSchema>;
export type UnnamedTask = z.infer<typeof unnamedTaskSchema>;

/** What boards and lists show of a task. `receivedAt` is ISO 8601 in UTC. */
export interface TaskRow {
  taskid: string;
  batchid: string;
  id: number | string;
  owner: string;
  priority: Task["priority"];
  state: TaskState;
  received_at: string;
  /** Its place among the tasks of the same millisecond, from 0: with `received_at`, the order of arrival. */
  seq: number;
}

/** One task in full: the row, everything the sender said, and what happened to it. Times are ISO 8601 in UTC. */
export interface TaskDetail extends TaskRow {
  /** All fields that the sender gave, unknown ones included. */
  task: Task;
  /** The `webhook-id` header that carried it, if any. */
  webhook_id: string | null;
  /** False: the task is only recorded, and stays `received`. */
  runnable: boolean;
  /** Its changes of state, oldest first; of very many only the newest. */
  timeline: TimelineEntry[];
  /** What was tried, oldest first; one that is under way is not among them. */
  attempts: Attempt[];
  /** How often it was started anew by hand. */
  round: number;
  /** When the last round's first attempt began. */
  started_at: string | null;
  /** When it came to rest. */
  ended_at: string | null;
  /** When it is due: the time it waits for, its next attempt, or the deadline of a remote's report. */
  due_at: string | null;
  /** True: a remote answered 202 and has yet to report. */
  reported_later: boolean;
  /** How many of the tasks in `after` it still waits for. */
  waits_for: number;
  /** What it returned; null unless it has succeeded. */
  result: unknown;
  /** Why it failed; null unless it has. */
  error: TaskError | null;
}

export interface TimelineEntry {
  at: string;
  event: TaskState;
}
