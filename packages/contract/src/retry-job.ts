import { z } from "zod";
import { isoDate } from "./bounds.ts";
import { FAILURE_TYPES, type TaskError } from "./outcome.ts";
import { PRIORITIES } from "./priority.ts";
import type { TaskRow } from "./task.ts";

const SEARCH = "must be one text of at most 200 characters";
const BATCHID = "must be one text of 1 to 200 characters";

/** What a search for tasks goes by, in queries and bodies. */
export const searchText = z.string(SEARCH).max(200, SEARCH);
export const searchedBatch = z.string(BATCHID).min(1, BATCHID).max(200, BATCHID);

/** `POST /api/tasks/retry`: which tasks are to be retried. All fields together must fit. */
export const retryFilterSchema = z
  .strictObject({
    state: z.enum(["failed", "cancelled"]).optional().describe("Default: failed."),
    priority: z.enum(PRIORITIES).optional(),
    batchid: searchedBatch.optional(),
    q: searchText
      .optional()
      .describe("A text that its JSON, its taskid or its error contains, in any case (ASCII)."),
    type: z.enum(FAILURE_TYPES).optional().describe("Why it failed."),
    since: isoDate.optional().describe("It came to rest at this time or later."),
    before: isoDate.optional().describe("It came to rest before this time."),
  })
  .refine(({ state, type }) => state !== "cancelled" || type === undefined, {
    path: ["type"],
    error: "must not stand beside state cancelled: those have not failed",
  });

export type RetryFilter = z.infer<typeof retryFilterSchema>;

export const RETRY_JOB_STATES = ["running", "done", "cancelled"] as const;
export type RetryJobState = (typeof RETRY_JOB_STATES)[number];

/** `GET /api/retries/{jobid}`: a retry of all tasks that a filter fits. Times are ISO 8601 in UTC. */
export interface RetryJob {
  jobid: string;
  state: RetryJobState;
  filter: RetryFilter;
  /** How many tasks there were to look at when it began, and how many it has looked at. */
  total: number;
  looked: number;
  /** How many of those the filter fits, and how many of them are dealt with. */
  matched: number;
  done: number;
  /** Of those that are dealt with: started anew, left alone because this job did so before, no longer stored. */
  changed: number;
  skipped: number;
  failed: number;
  created_at: string;
  ended_at: string | null;
}

/** A task that failed for good. */
export interface DeadLetter extends TaskRow {
  failed_at: string;
  error: TaskError;
  /** How often it was started anew by hand, and how often it was tried since. */
  round: number;
  attempts: number;
}

/** `GET /api/dead-letters`, latest failure first: `before` is what the next page is asked with. */
export interface DeadLetterPage {
  tasks: DeadLetter[];
  /** How many there are in all, whatever the filter. */
  total: number;
  before: string | null;
}
