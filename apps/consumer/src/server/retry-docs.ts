import {
  FAILURE_TYPES,
  PRIORITIES,
  RETRY_JOB_STATES,
  type RetryJob,
  retryFilterSchema,
  searchedBatch,
  searchText,
  wholeNumberText,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs, WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";
import { idempotencyHeader } from "./shared-docs.ts";
import { deadLetterPageShape, timeShape } from "./task-shapes.ts";

const TAG = "Running tasks";
const BEFORE = "must be the `before` of an earlier page";

export const retryListQuery = z.object({ limit: wholeNumberText(1, 100).default(50) });
export const deadLetterQuery = z.object({
  q: searchText
    .optional()
    .describe("A text that its JSON, its taskid or its error contains, in any case (ASCII)."),
  priority: z.enum(PRIORITIES).optional(),
  batchid: searchedBatch.optional(),
  type: z.enum(FAILURE_TYPES).optional().describe("Why it failed."),
  before: z
    .string(BEFORE)
    .regex(/^\d{1,15}-[a-z][a-z0-9]{25}$/, BEFORE)
    .optional()
    .describe("The `before` of an earlier page."),
  limit: wholeNumberText(1, 200).default(50),
});

const retryJobShape = z
  .object({
    jobid: z.string(),
    state: z.enum(RETRY_JOB_STATES),
    filter: retryFilterSchema,
    total: z.int().describe("How many tasks there were to look at when it began."),
    looked: z.int().describe("How many of them it has looked at."),
    matched: z.int().describe("How many of those the filter fits."),
    done: z.int().describe("How many of those are dealt with."),
    changed: z.int().describe("Run again."),
    skipped: z.int().describe("Left alone: this job ran them again before."),
    failed: z.int().describe("No longer stored."),
    created_at: timeShape,
    ended_at: timeShape.nullable(),
  })
  .meta({ id: "RetryJob" }) satisfies z.ZodType<RetryJob>;

const path = { jobid: "The job's jobid." };

export const retryDocs = {
  deadLetters: {
    id: "listDeadLetters",
    tag: TAG,
    summary: "Tasks that failed for good, latest failure first, and why",
    query: deadLetterQuery,
    answers: { 200: { description: "One page.", schema: deadLetterPageShape } },
    errors: READ_ERRORS,
  },
  create: {
    id: "retryTasks",
    tag: TAG,
    summary: "Run all tasks again that a filter fits",
    description:
      "As a job that survives a kill. Each task is run again once at most, with exactly the request that is stored; what comes to rest after the job was created is not its business. `{}` fits all that failed.",
    headers: z.object({ "idempotency-key": idempotencyHeader }),
    body: { schema: retryFilterSchema, example: { state: "failed", type: "Timeout" } },
    answers: {
      202: {
        description: "The job has begun.",
        schema: retryJobShape,
        headers: { location: "Where its progress can be read." },
      },
    },
    errors: ["invalid_request", "idempotency_key_reused", "overloaded", ...WRITE_ERRORS],
  },
  list: {
    id: "listRetries",
    tag: TAG,
    summary: "Retries in bulk, newest first",
    query: retryListQuery,
    answers: {
      200: { description: "The newest.", schema: z.object({ retries: z.array(retryJobShape) }) },
    },
    errors: READ_ERRORS,
  },
  one: {
    id: "getRetry",
    tag: TAG,
    summary: "How far a retry in bulk is",
    path,
    answers: { 200: { description: "The job.", schema: retryJobShape } },
    errors: ["not_found", ...READ_ERRORS],
  },
  cancel: {
    id: "cancelRetry",
    tag: TAG,
    summary: "Stop a retry in bulk where it is",
    description: "What it has run again goes on; to cancel again changes nothing.",
    path,
    answers: { 200: { description: "The job.", schema: retryJobShape } },
    errors: ["not_found", "job_ended", ...READ_ERRORS],
  },
} as const satisfies Record<string, RouteDocs>;
