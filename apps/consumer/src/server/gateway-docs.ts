import {
  type AppliedAnswer,
  type DoneAnswer,
  GATEWAY_PRIORITY,
  GATEWAY_STATES,
  type HandlerInfo,
  type HandlerList,
  PRIORITIES,
  PRIORITY_HEADER,
  type StatusAnswer,
  type TaskStateAnswer,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs } from "@taskpulse/runtime";
import { z } from "zod";
import { idempotencyHeader, STORING_ERRORS } from "./shared-docs.ts";
import { taskidShape } from "./task-shapes.ts";

const TAG = "HTTP gateway";

export const applyHeaders = z.object({
  "idempotency-key": idempotencyHeader,
  [PRIORITY_HEADER]: z.enum(PRIORITIES).default(GATEWAY_PRIORITY),
});

const appliedShape = z.object({
  ok: z.literal("true"),
  task_id: taskidShape,
}) satisfies z.ZodType<AppliedAnswer>;

const apply = {
  tag: TAG,
  path: { handler: "The name of a handler; `/api/handlers` lists those there are." },
  headers: applyHeaders,
  answers: { 200: { description: "The task is stored.", schema: appliedShape } },
  errors: ["invalid_request", "not_found", "idempotency_key_reused", ...STORING_ERRORS],
} as const satisfies Partial<RouteDocs>;

export const applyDocs = {
  GET: {
    ...apply,
    id: "applyByQuery",
    summary: "Start a handler, with the query as its args",
    description:
      "All parameters are args. A name that comes several times is an array; texts become what the handler takes: numbers, true and false, arrays, objects.",
  },
  POST: {
    ...apply,
    id: "apply",
    summary: "Start a handler, with a form or a JSON object as its args",
    description: "Parameters of the query are args as well; those of the body win.",
    body: {
      schema: z.record(z.string(), z.unknown()),
      mediaTypes: ["application/json", "application/x-www-form-urlencoded"],
      required: false,
      example: { x: 10, y: 10 },
    },
  },
} as const satisfies Record<string, RouteDocs>;

const statusShape = z.enum(GATEWAY_STATES).meta({
  id: "GatewayState",
  description:
    "PENDING: it waits for its time, its turn or others. STARTED: it runs, or a remote has it. RETRY: a try has failed, and another will follow. SUCCESS. FAILURE. REVOKED: it was cancelled. RECEIVED: it is only recorded.",
});

const path = { id: "The `task_id` that the start was answered with." };
const errors = ["not_found", ...READ_ERRORS] as const;

export const gatewayDocs = {
  done: {
    id: "isDone",
    tag: TAG,
    summary: "Whether a task is done",
    path,
    answers: {
      200: {
        description:
          "`executed` once it has succeeded or failed, `ended` also once it was cancelled.",
        schema: z.object({
          task: z.object({ id: taskidShape, executed: z.boolean(), ended: z.boolean() }),
        }) satisfies z.ZodType<DoneAnswer>,
      },
    },
    errors,
  },
  status: {
    id: "getStatus",
    tag: TAG,
    summary: "The status of a task, and its result",
    path,
    answers: {
      200: {
        description:
          'Of SUCCESS, `result` is what it returned; of FAILURE, `{"error":{"type","message"}}`; null otherwise.',
        schema: z.object({
          task: z.object({ id: taskidShape, status: statusShape, result: z.unknown() }),
        }) satisfies z.ZodType<StatusAnswer>,
      },
    },
    errors,
  },
  state: {
    id: "getTaskStatus",
    tag: TAG,
    summary: "The state of a task",
    query: z.object({ task_id: z.string() }),
    answers: {
      200: {
        description: "`error` only when it failed.",
        schema: z.object({
          state: statusShape,
          error: z.string().exactOptional(),
        }) satisfies z.ZodType<TaskStateAnswer>,
      },
      404: {
        description: "There is no such task.",
        schema: z.object({ error: z.literal("not found") }),
      },
    },
    errors: READ_ERRORS,
  },
} as const satisfies Record<string, RouteDocs>;

const handlerShape = z
  .object({
    name: z.string(),
    description: z.string(),
    args: z.record(z.string(), z.unknown()).describe("What it takes, as JSON Schema 2020-12."),
    max_retries: z.int().exactOptional(),
    retry_intervals: z.array(z.number()).exactOptional().describe("Seconds, the last one repeats."),
  })
  .meta({ id: "Handler" }) satisfies z.ZodType<HandlerInfo>;

export const handlerDocs: RouteDocs = {
  id: "listHandlers",
  tag: "Handlers",
  summary: "What tasks may name as their handler",
  answers: {
    200: {
      description: "By name.",
      schema: z.object({ handlers: z.array(handlerShape) }) satisfies z.ZodType<HandlerList>,
    },
  },
  errors: READ_ERRORS,
};
