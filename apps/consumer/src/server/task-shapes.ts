import {
  type Attempt,
  type DeadLetter,
  FAILURE_TYPES,
  PRIORITIES,
  type RowsAnswer,
  type Summary,
  TASK_STATES,
  type TaskDetail,
  type TaskError,
  type TaskPage,
  type TaskRow,
  taskidText,
  taskSchema,
} from "@taskpulse/contract";
import { z } from "zod";

/** What answers about tasks look like, for the reference; the types of the contract hold them to the code. */

/** ISO 8601 in UTC. */
export const timeShape = z.iso.datetime();
const priorityShape = z.enum(PRIORITIES).meta({ id: "Priority" });
export const stateShape = z.enum(TASK_STATES).meta({
  id: "TaskState",
  description:
    "A task that is only recorded stays `received`. `succeeded`, `failed` and `cancelled` are final, apart from retries by hand.",
});
const failureTypeShape = z.enum(FAILURE_TYPES).meta({ id: "FailureType" });
export const taskidShape = taskidText.describe("26 characters, made of `batchid` and `id`.");

export const taskShape = taskSchema.meta({
  id: "Task",
  description: "A task as its sender sees it. Unknown fields are kept and shown, never executed.",
});

const taskErrorShape = z
  .object({
    type: failureTypeShape,
    message: z.string(),
    status: z.int().exactOptional().describe("The HTTP status of an `HttpError`."),
  })
  .meta({ id: "TaskError" }) satisfies z.ZodType<TaskError>;

const attemptShape = z
  .object({
    round: z.int().describe("0 at first, one more after each retry by hand."),
    attempt: z.int().describe("From 1 in each round."),
    started_at: timeShape,
    ended_at: timeShape,
    duration_ms: z.number(),
    outcome: z
      .enum(["succeeded", "failed", "accepted"])
      .describe("`accepted`: the remote answered 202 and reports later."),
    status: z.int().exactOptional().describe("The HTTP status of the reply."),
    error: taskErrorShape.exactOptional(),
    reply: z.string().exactOptional().describe("Its beginning, where it was no success."),
    retry_at: timeShape.exactOptional().describe("When the next attempt is due."),
  })
  .meta({ id: "Attempt" }) satisfies z.ZodType<Attempt>;

const rowFields = {
  taskid: taskidShape,
  batchid: z.string(),
  id: z.union([z.number(), z.string()]),
  owner: z.string(),
  priority: priorityShape,
  state: stateShape,
  received_at: timeShape,
  seq: z.int().describe("Its place among the tasks of the same millisecond."),
};

const taskRowShape = z.object(rowFields).meta({ id: "TaskRow" }) satisfies z.ZodType<TaskRow>;

export const taskDetailShape = z
  .object({
    ...rowFields,
    task: taskShape,
    webhook_id: z.string().nullable().describe("The `webhook-id` that carried it."),
    runnable: z.boolean().describe("False: it is only recorded."),
    timeline: z
      .array(z.object({ at: timeShape, event: stateShape }))
      .describe("Its changes of state, oldest first."),
    attempts: z.array(attemptShape).describe("Oldest first; without one that is under way."),
    round: z.int().describe("How often it was started anew by hand."),
    started_at: timeShape.nullable().describe("When the last round's first attempt began."),
    ended_at: timeShape.nullable(),
    due_at: timeShape
      .nullable()
      .describe("The time it waits for, its next attempt, or the deadline of a remote's report."),
    reported_later: z.boolean().describe("A remote answered 202 and has yet to report."),
    waits_for: z.int().describe("How many of the tasks in `after` it still waits for."),
    result: z.unknown().describe("What it returned; null unless it has succeeded."),
    error: taskErrorShape.nullable(),
  })
  .meta({ id: "TaskDetail" }) satisfies z.ZodType<TaskDetail>;

const before = z.string().nullable().describe("Asks for the next page; null after the last.");

export const taskPageShape = z.object({
  tasks: z.array(taskRowShape),
  before,
}) satisfies z.ZodType<TaskPage>;

export const rowsShape = z.object({
  tasks: z.array(taskRowShape),
}) satisfies z.ZodType<RowsAnswer>;

const countOf = <Names extends readonly [string, ...string[]]>(names: Names) =>
  z.record(z.enum(names), z.int());

export const summaryShape = z
  .object({
    epoch: z.string().describe("Changes when the store is a new one."),
    cursor: z.string().describe("Opaque: where the log is now."),
    total: z.int(),
    byPriority: countOf(PRIORITIES),
    byState: countOf(TASK_STATES),
    changes: z.int().describe("How many changes of state there were."),
  })
  .meta({ id: "Summary" }) satisfies z.ZodType<Summary>;

const deadLetterShape = z
  .object({
    ...rowFields,
    failed_at: timeShape,
    error: taskErrorShape,
    round: z.int(),
    attempts: z.int().describe("How often it was tried in its last round."),
  })
  .meta({ id: "DeadLetter" }) satisfies z.ZodType<DeadLetter>;

export const deadLetterPageShape = z.object({
  tasks: z.array(deadLetterShape),
  total: z.int().describe("How many there are in all, whatever the filter."),
  before,
});
