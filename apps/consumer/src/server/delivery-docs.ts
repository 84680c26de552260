import {
  DELIVERY_STATES,
  type DeliveryAttempt,
  type DeliveryDetail,
  type DeliveryPage,
  deliveryFilter,
  RESULT_EVENTS,
  type ReplayJob,
  replayRequestSchema,
  wholeNumberText,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs, WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";
import { idempotencyHeader } from "./shared-docs.ts";
import { requestFields } from "./subscription-docs.ts";
import { timeShape } from "./task-shapes.ts";

const TAG = "Result webhooks";
const BEFORE = "must be the `before` of an earlier page";

export const deliveryQuery = z.object({
  ...deliveryFilter,
  state: z.enum(DELIVERY_STATES).optional(),
  before: z
    .string(BEFORE)
    .regex(/^\d{1,15}$/, BEFORE)
    .optional()
    .describe("The `before` of an earlier page."),
  limit: wholeNumberText(1, 200).default(50),
});
export const replayQuery = z.object({ limit: wholeNumberText(1, 100).default(50) });

const stateShape = z.enum(DELIVERY_STATES).meta({
  id: "DeliveryState",
  description:
    "`pending` until it is delivered, has failed for good, or nobody wants it any more (`discarded`).",
});

const rowFields = {
  deliveryid: z.string().describe("Also its `webhook-id`."),
  state: stateShape,
  why: z.string().nullable().describe("Why it has failed or was discarded."),
  event_type: z.enum(RESULT_EVENTS),
  taskid: z.string().nullable().describe("Null for a test."),
  round: z.int(),
  subscriptionid: z.string().nullable().describe("Null for a task's own webhook."),
  endpointid: z.string(),
  address: z.string().describe("Where it goes, without password and query."),
  tries: z.int(),
  replays: z.int().describe("How often it was replayed by hand."),
  last_status: z.int().nullable().describe("The HTTP status of the last reply."),
  created_at: timeShape,
  due_at: timeShape.nullable().describe("When the next try is due at the earliest."),
  ended_at: timeShape.nullable(),
};

const attemptShape = z
  .object({
    attempt: z.int(),
    started_at: timeShape,
    duration_ms: z.number(),
    outcome: z.enum(["delivered", "failed"]),
    status: z.int().exactOptional(),
    error: z
      .object({
        type: z.enum([
          ...(["HttpError", "RedirectRefused", "Timeout", "ConnectionFailed"] as const),
          ...(["AddressRefused", "Interrupted", "InvalidResponse"] as const),
          ...(["CallerError", "UnknownCaller"] as const),
        ]),
        message: z.string(),
      })
      .exactOptional(),
    reply: z.string().exactOptional().describe("Its beginning."),
    retry_at: timeShape.exactOptional(),
  })
  .meta({ id: "DeliveryAttempt" }) satisfies z.ZodType<DeliveryAttempt>;

const detailShape = z
  .object({
    ...rowFields,
    request: z.object({ ...requestFields, body: z.string().describe("Exactly what is sent.") }),
    attempts: z.array(attemptShape).describe("Oldest first, the newest 20."),
  })
  .meta({ id: "DeliveryDetail" }) satisfies z.ZodType<DeliveryDetail>;

const pageShape = z.object({
  deliveries: z.array(z.object(rowFields).meta({ id: "Delivery" })),
  before: z.string().nullable(),
  totals: z.record(z.enum(DELIVERY_STATES), z.int()).describe("Of all, whatever was asked for."),
}) satisfies z.ZodType<DeliveryPage>;

const jobShape = z
  .object({
    jobid: z.string(),
    state: z.enum(["running", "done", "cancelled"]),
    filter: replayRequestSchema,
    total: z.int().describe("How many were in the filter's state when it began."),
    looked: z.int(),
    replayed: z.int(),
    refused: z.int().describe("The subscription is disabled or gone."),
    created_at: timeShape,
    ended_at: timeShape.nullable(),
  })
  .meta({ id: "ReplayJob" }) satisfies z.ZodType<ReplayJob>;

const path = { deliveryid: "The delivery's deliveryid." };
const jobPath = { jobid: "The job's jobid." };

export const deliveryDocs = {
  list: {
    id: "listDeliveries",
    tag: TAG,
    summary: "Deliveries of result webhooks, newest first, in pages",
    query: deliveryQuery,
    answers: { 200: { description: "One page.", schema: pageShape } },
    errors: READ_ERRORS,
  },
  one: {
    id: "getDelivery",
    tag: TAG,
    summary: "One delivery with its attempts, and exactly what is sent",
    path,
    answers: { 200: { description: "The delivery.", schema: detailShape } },
    errors: ["not_found", ...READ_ERRORS],
  },
  replayOne: {
    id: "replayDelivery",
    tag: TAG,
    summary: "Send one result webhook again, with the same id and body",
    path,
    answers: {
      202: {
        description: "It is on its way.",
        schema: z.object({ deliveryid: z.string(), state: stateShape }),
      },
    },
    errors: ["not_found", "subscription_inactive", "overloaded", ...WRITE_ERRORS],
  },
  replayMany: {
    id: "replayDeliveries",
    tag: TAG,
    summary: "Send all result webhooks again that a filter fits",
    description: "As a job; by default all that failed.",
    headers: z.object({ "idempotency-key": idempotencyHeader }),
    body: { schema: replayRequestSchema, required: false, example: { state: "failed" } },
    answers: {
      202: {
        description: "The job has begun.",
        schema: jobShape,
        headers: { location: "Where its progress can be read." },
      },
    },
    errors: ["invalid_request", "idempotency_key_reused", "overloaded", ...WRITE_ERRORS],
  },
  replays: {
    id: "listReplays",
    tag: TAG,
    summary: "Replays of many, newest first",
    query: replayQuery,
    answers: {
      200: { description: "The newest.", schema: z.object({ replays: z.array(jobShape) }) },
    },
    errors: READ_ERRORS,
  },
  replay: {
    id: "getReplay",
    tag: TAG,
    summary: "How far a replay of many is",
    path: jobPath,
    answers: { 200: { description: "The job.", schema: jobShape } },
    errors: ["not_found", ...READ_ERRORS],
  },
  cancelReplay: {
    id: "cancelReplay",
    tag: TAG,
    summary: "Stop a replay of many where it is",
    path: jobPath,
    answers: { 200: { description: "The job.", schema: jobShape } },
    errors: ["not_found", "job_ended", ...READ_ERRORS],
  },
} as const satisfies Record<string, RouteDocs>;
