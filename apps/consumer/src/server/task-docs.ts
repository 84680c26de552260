import {
  MAX_ROWS_READ,
  MAX_TASKS_PER_REQUEST,
  PRIORITIES,
  searchedBatch,
  searchText,
  TASK_STATES,
  unnamedTaskSchema,
  wholeNumberText,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs } from "@taskpulse/runtime";
import { isTaskid } from "@taskpulse/store";
import { z } from "zod";
import { idempotencyHeader, STORING_ERRORS } from "./shared-docs.ts";
import { MAX_CSV_TASKS } from "./task-csv.ts";
import {
  rowsShape,
  stateShape,
  summaryShape,
  taskDetailShape,
  taskidShape,
  taskPageShape,
} from "./task-shapes.ts";

const BEFORE = "must be the `before` of an earlier page";
const filter = {
  q: searchText
    .optional()
    .describe("A text that the task's JSON or its taskid contains, in any case (ASCII)."),
  priority: z.enum(PRIORITIES).optional(),
  state: z.enum(TASK_STATES).optional(),
  batchid: searchedBatch.optional(),
  before: z
    .string(BEFORE)
    .regex(/^\d{1,15}-\d{1,15}$/, BEFORE)
    .optional()
    .describe("The `before` of an earlier page."),
};

export const pageQuery = z.object({ ...filter, limit: wholeNumberText(1, 200).default(50) });
export const csvQuery = z.object({
  ...filter,
  limit: wholeNumberText(1, MAX_CSV_TASKS).default(MAX_CSV_TASKS),
});

const TASKIDS = `must be 1 to ${MAX_ROWS_READ} taskids, separated by commas`;
export const rowsQuery = z.object({
  taskids: z
    .string(TASKIDS)
    .transform((text) => text.split(","))
    .refine((all) => all.length <= MAX_ROWS_READ && all.every(isTaskid), TASKIDS)
    .describe(`1 to ${MAX_ROWS_READ} taskids, separated by commas.`),
});

const TAG = "Reading tasks";

export const summaryDocs: RouteDocs = {
  id: "getSummary",
  tag: TAG,
  summary: "Totals of all tasks, by priority and by state",
  answers: {
    200: { description: "The totals; retention never lowers them.", schema: summaryShape },
  },
  errors: READ_ERRORS,
};

export const listDocs: RouteDocs = {
  id: "listTasks",
  tag: TAG,
  summary: "Tasks, newest first, in pages",
  description:
    "A page may hold fewer than asked for, even none, with `before` set, when a rare match would have meant searching for long.",
  query: pageQuery,
  answers: { 200: { description: "One page.", schema: taskPageShape } },
  errors: READ_ERRORS,
};

export const rowsDocs: RouteDocs = {
  id: "getRows",
  tag: TAG,
  summary: "Some tasks as they are now",
  query: rowsQuery,
  answers: { 200: { description: "Those that there are, in any order.", schema: rowsShape } },
  errors: READ_ERRORS,
};

export const csvDocs: RouteDocs = {
  id: "exportTasks",
  tag: TAG,
  summary: "Tasks as CSV (RFC 4180), newest first",
  query: csvQuery,
  answers: { 200: { description: "The file.", schema: z.string(), mediaType: "text/csv" } },
  errors: [...READ_ERRORS, "overloaded"],
};

const path = { taskid: "The task's taskid." };

export const detailDocs: RouteDocs = {
  id: "getTask",
  tag: TAG,
  summary: "One task with its timeline and attempts",
  path,
  answers: { 200: { description: "The task.", schema: taskDetailShape } },
  errors: ["not_found", ...READ_ERRORS],
};

const createdShape = z.object({
  taskid: taskidShape,
  duplicate: z.literal(true).exactOptional().describe("A task of this identity was there already."),
  conflict: z.literal(true).exactOptional().describe("It has other fields, and stays as it is."),
});
const createdManyShape = z.object({
  taskids: z.array(taskidShape),
  duplicates: z.int().exactOptional(),
  conflicts: z.int().exactOptional(),
});

export const createDocs: RouteDocs = {
  id: "createTask",
  tag: "Sending tasks",
  summary: "Send a task, or several",
  description: `Answered once they are durable. What is left out of an identity is made here: \`batchid\` is then \`api\`. Several, as an array of 1 to ${MAX_TASKS_PER_REQUEST}, are taken all or none.\n\nUnder one \`Idempotency-Key\` a request counts once, however often it is sent.`,
  headers: z.object({ "idempotency-key": idempotencyHeader }),
  body: {
    schema: z.union([
      unnamedTaskSchema.meta({
        id: "NewTask",
        description: "A task; `batchid` and `id` are made where they are left out.",
      }),
      z.array(unnamedTaskSchema).min(1).max(MAX_TASKS_PER_REQUEST),
    ]),
    example: {
      owner: "Ann",
      priority: "Major",
      call: { url: "http://127.0.0.1:8080/multiply", args: { x: 10, y: 10 } },
    },
  },
  answers: {
    202: {
      description: "Stored. One task is answered with its taskid, an array with all of them.",
      schema: z.union([createdShape, createdManyShape]),
      headers: { location: "Where one task can be read." },
    },
  },
  errors: ["invalid_request", "idempotency_key_reused", ...STORING_ERRORS],
};

const commandErrors = ["not_found", "task_state", "overloaded", ...READ_ERRORS] as const;
const RUNNING = "Running tasks";

export const commandDocs = {
  retry: {
    id: "retryTask",
    tag: RUNNING,
    summary: "Run a failed or cancelled task again",
    description: "In a new round, with exactly the request that is stored.",
    path,
    answers: {
      202: {
        description: "It will run.",
        schema: z.object({ taskid: taskidShape, state: stateShape }),
      },
    },
    errors: commandErrors,
  },
  cancel: {
    id: "cancelTask",
    tag: RUNNING,
    summary: "Give a task up that has not ended",
    description: "A call that is under way is aborted; to cancel again changes nothing.",
    path,
    answers: {
      200: {
        description: "It is cancelled.",
        schema: z.object({ taskid: taskidShape, state: stateShape }),
      },
    },
    errors: commandErrors,
  },
} as const satisfies Record<string, RouteDocs>;
