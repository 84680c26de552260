import { z } from "zod";
import { boundedNumber, wholeNumber } from "./bounds.ts";
import type { Priority } from "./priority.ts";

export const BATCH_STATES = ["running", "paused", "done", "cancelled"] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** How many times a task is sent before it counts as undelivered. */
export const MAX_DELIVERY_TRIES = 8;

const count = wholeNumber(1, 100_000);
const weight = boundedNumber(0, 1_000);

/** `POST /api/batches`: either `count`, or a range to draw from; what is absent comes from the environment. */
export const batchRequestSchema = z
  .strictObject({
    count: count.optional(),
    min: count.optional(),
    max: count.optional(),
    waitSeconds: boundedNumber(0, 3_600, "seconds").optional().describe("Seconds between two."),
    concurrency: wholeNumber(1, 256).optional().describe("How many are sent at a time."),
    seed: wholeNumber(0, 4_294_967_295)
      .optional()
      .describe("The same makes the same owners and priorities."),
    /** Relative weights; all 1 when absent. */
    mix: z
      .strictObject({ Low: weight, Moderate: weight, Major: weight, Critical: weight })
      .partial()
      .refine(
        (mix) => Object.values(mix).some((share) => (share ?? 0) > 0),
        "must have one weight above 0",
      )
      .optional(),
  })
  .refine((r) => r.count === undefined || (r.min === undefined && r.max === undefined), {
    path: ["count"],
    error: "must not stand beside min or max",
  })
  .refine((r) => r.min === undefined || r.max === undefined || r.min <= r.max, {
    path: ["min"],
    error: "must not be above max",
  });

export type BatchRequest = z.infer<typeof batchRequestSchema>;

/** One batch as `GET /api/batches/{batchid}` shows it. Times are ISO 8601 in UTC. */
export interface BatchView {
  batchid: string;
  state: BatchState;
  total: number;
  /** Answered 2xx. */
  delivered: number;
  /** Undelivered after the last try. */
  failed: number;
  /** Failed at least once and waiting for the next try. */
  retrying: number;
  waitSeconds: number;
  concurrency: number;
  seed: number;
  /** Relative weights of the priorities; null when all are alike. */
  mix: PriorityMix | null;
  created_at: string;
  ended_at: string | null;
}

export type PriorityMix = { [priority in Priority]?: number | undefined };

/** `GET /api/settings`: what the producer's page has to know of its environment. */
export interface ProducerSettings {
  minTasks: number;
  maxTasks: number;
  waitSeconds: number;
  /** Where tasks are sent to. */
  receiverUrl: string;
  /** Where the consumer's board is. */
  boardUrl: string;
}

/** The four fields that a produced task has. */
export interface ProducedTask {
  batchid: string;
  id: number;
  owner: string;
  priority: Priority;
}

/** SSE `event: task`: the final outcome of one task. */
export interface TaskOutcome {
  /** From 1, in order of sending. */
  index: number;
  total: number;
  /** The HTTP status; null when nothing answered. */
  status: number | null;
  attempts: number;
  /** Duration of the last try, in milliseconds. */
  ms: number;
  task: ProducedTask;
  /** Why nothing, or nothing good, was answered. */
  reason?: string;
}

/** SSE `event: attempt`: a failed try that will be repeated. */
export interface AttemptOutcome extends TaskOutcome {
  /** When the next try is due, in milliseconds from this event. */
  retryInMs: number;
}

/** `GET /api/batches/{batchid}/outcomes`: the newest events of its stream at one moment. */
export interface BatchOutcomes {
  /** Oldest first; a failed try that will be repeated has `retryInMs`. */
  outcomes: (TaskOutcome | AttemptOutcome)[];
  /** Where the event stream goes on from here: its `Last-Event-ID`. */
  lastEventId: string;
}

/** SSE `event: done`: the batch has ended. */
export interface BatchDone {
  batchid: string;
  state: Extract<BatchState, "done" | "cancelled">;
  total: number;
  delivered: number;
  failed: number;
}
