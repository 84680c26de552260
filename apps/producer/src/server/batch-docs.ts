import {
  BATCH_STATES,
  type BatchOutcomes,
  type BatchView,
  batchRequestSchema,
  PRIORITIES,
  type ProducerSettings,
  type TaskOutcome,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs, WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";
import { limitQuery } from "./query.ts";

/** The headings of the reference, in order. */
export const TAGS = {
  Batches:
    "A batch makes tasks and sends them, signed, to WEBHOOK_RECEIVER_URL. It runs on the server, whether or not anyone watches, and goes on after a restart.",
  Operations: "How the process is, and what it is asked for. `/login` is for browsers.",
} as const;

/** What the reference begins with. */
export const INTRODUCTION = `Makes tasks in batches and sends them as signed webhooks.

Bodies are JSON in UTF-8. Every error answer has one clear sentence for people (\`reason\`) and a \`code\` for programs. Where ADMIN_TOKEN is set, programs send it as \`Authorization: Bearer\`.`;

const TAG = "Batches";
const time = z.iso.datetime();
const key = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe("Names the start, so that it happens once however often it is sent: visible ASCII.");
const startHeaders = z.object({ "idempotency-key": key });

const batchShape = z
  .object({
    batchid: z.string(),
    state: z.enum(BATCH_STATES),
    total: z.int(),
    delivered: z.int().describe("Answered 2xx."),
    failed: z.int().describe("Undelivered after the last try."),
    retrying: z.int().describe("Failed at least once, and waiting for the next try."),
    waitSeconds: z.number(),
    concurrency: z.int(),
    seed: z.int(),
    mix: z
      .partialRecord(z.enum(PRIORITIES), z.number())
      .nullable()
      .describe("Relative weights of the priorities; null when all are alike."),
    created_at: time,
    ended_at: time.nullable(),
  })
  .meta({ id: "Batch" }) satisfies z.ZodType<BatchView>;

const outcomeShape = z
  .object({
    index: z.int().describe("From 1, in order of sending."),
    total: z.int(),
    status: z.int().nullable().describe("The HTTP status; null when nothing answered."),
    attempts: z.int(),
    ms: z.number().describe("Duration of the last try."),
    task: z.object({
      batchid: z.string(),
      id: z.int(),
      owner: z.string(),
      priority: z.enum(PRIORITIES),
    }),
    reason: z.string().exactOptional().describe("Why nothing, or nothing good, was answered."),
    retryInMs: z.number().optional().describe("Of a failed try that will be repeated."),
  })
  .meta({ id: "Outcome" }) satisfies z.ZodType<TaskOutcome>;

const outcomesShape = z.object({
  outcomes: z.array(outcomeShape).describe("Oldest first."),
  lastEventId: z.string().describe("Where the event stream goes on from here."),
}) satisfies z.ZodType<Pick<BatchOutcomes, "lastEventId">>;

const settingsShape = z.object({
  minTasks: z.int(),
  maxTasks: z.int(),
  waitSeconds: z.number(),
  receiverUrl: z.string(),
  boardUrl: z.string(),
}) satisfies z.ZodType<ProducerSettings>;

const events = z
  .string()
  .describe(
    "Server-sent events: `attempt` for a failed try that will be repeated, `task` for the outcome of each, then `done`.",
  );
const path = { batchid: "The batch's batchid." };
const body = {
  schema: batchRequestSchema,
  required: false,
  example: { count: 10, waitSeconds: 0.1 },
};
const one = { 200: { description: "The batch.", schema: batchShape } };
const commandErrors = ["not_found", "batch_ended", ...WRITE_ERRORS] as const;

export const batchDocs = {
  create: {
    id: "createBatch",
    tag: TAG,
    summary: "Make tasks and send them",
    description: "Of what is left out the environment says how it is.",
    headers: startHeaders,
    body,
    answers: {
      201: {
        description: "The batch, which runs.",
        schema: batchShape,
        headers: { location: "Where it can be read." },
      },
    },
    errors: ["invalid_request", ...WRITE_ERRORS],
  },
  list: {
    id: "listBatches",
    tag: TAG,
    summary: "Batches, newest first",
    query: limitQuery,
    answers: {
      200: { description: "The newest.", schema: z.object({ batches: z.array(batchShape) }) },
    },
    errors: READ_ERRORS,
  },
  one: {
    id: "getBatch",
    tag: TAG,
    summary: "One batch",
    path,
    answers: one,
    errors: ["not_found", ...READ_ERRORS],
  },
  pause: {
    id: "pauseBatch",
    tag: TAG,
    summary: "Hold a batch",
    path,
    answers: one,
    errors: commandErrors,
  },
  resume: {
    id: "resumeBatch",
    tag: TAG,
    summary: "Let a batch go on",
    path,
    answers: one,
    errors: commandErrors,
  },
  cancel: {
    id: "cancelBatch",
    tag: TAG,
    summary: "Stop a batch",
    path,
    answers: one,
    errors: commandErrors,
  },
  retry: {
    id: "retryBatch",
    tag: TAG,
    summary: "Send the undelivered tasks of a batch again",
    path,
    answers: one,
    errors: commandErrors,
  },
  events: {
    id: "streamBatch",
    tag: TAG,
    summary: "What becomes of each task of a batch, as it happens",
    path,
    headers: z.object({
      "last-event-id": z.string().optional().describe("The last event that was seen."),
    }),
    query: z.object({
      tail: z.string().regex(/^\d+$/).optional().describe("Begins at the last so many."),
      after: z.string().optional().describe("As `Last-Event-ID`, for those who set no headers."),
      totals: z.literal("1").optional().describe("Also `batch` events, with the batch's totals."),
    }),
    answers: {
      200: { description: "The stream.", schema: events, mediaType: "text/event-stream" },
      204: { description: "Everything has been seen." },
    },
    errors: ["not_found", ...READ_ERRORS],
  },
  outcomes: {
    id: "listOutcomes",
    tag: TAG,
    summary: "What became of the newest tasks of a batch",
    path,
    query: limitQuery,
    answers: { 200: { description: "The newest.", schema: outcomesShape } },
    errors: ["not_found", ...READ_ERRORS],
  },
  produce: {
    id: "produceTasks",
    tag: TAG,
    summary: "Make tasks, and watch what becomes of each",
    headers: startHeaders,
    body,
    answers: {
      200: { description: "The stream.", schema: events, mediaType: "text/event-stream" },
    },
    errors: ["invalid_request", ...WRITE_ERRORS],
  },
  settings: {
    id: "getSettings",
    tag: TAG,
    summary: "What the page knows of the environment",
    answers: { 200: { description: "The settings.", schema: settingsShape } },
  },
} as const satisfies Record<string, RouteDocs>;
