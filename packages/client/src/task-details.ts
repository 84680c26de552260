import type { Priority, TaskInput } from "./task-input.ts";

/** A task that is run ends in `succeeded`, `failed` or `cancelled`; one that is only recorded stays `received`. */
export type TaskState =
  | "received"
  | "waiting"
  | "queued"
  | "running"
  | "retrying"
  | "succeeded"
  | "failed"
  | "cancelled";

/** Why a task, or one try, failed. */
export interface TaskErrorDetails {
  /** One of `TaskFailureType`, or a newer one. */
  type: string;
  message: string;
  /** The HTTP status of an `HttpError`. */
  status?: number;
}

/** One try to run a task. Times are ISO 8601 in UTC. */
export interface Attempt {
  /** 0 at first, one more after each retry by hand. */
  round: number;
  /** Counts from 1 in each round. */
  attempt: number;
  started_at: string;
  ended_at: string;
  duration_ms: number;
  /** `accepted`: the endpoint answered 202 and reports later. */
  outcome: "succeeded" | "failed" | "accepted" | "cancelled";
  /** The HTTP status of the reply, if there was one. */
  status?: number;
  error?: TaskErrorDetails;
  /** The beginning of a reply that was no success, at most 16 KiB. */
  reply?: string;
  /** When the next attempt is due, if there is one. */
  retry_at?: string;
}

/** One task in full, as `GET /api/tasks/{taskid}` tells it. Times are ISO 8601 in UTC. */
export interface TaskDetails {
  taskid: string;
  batchid: string;
  id: number | string;
  owner: string;
  priority: Priority;
  state: TaskState;
  received_at: string;
  /** All fields that the sender gave, unknown ones included. */
  task: TaskInput;
  /** Whether it is run, and not only recorded. */
  runnable: boolean;
  /** Its changes of state, oldest first; of very many only the newest. */
  timeline: { at: string; event: TaskState }[];
  /** What was tried, oldest first; one that is under way is not among them. */
  attempts: Attempt[];
  /** How often it was started anew by hand. */
  round: number;
  /** When the last round's first attempt began. */
  started_at: string | null;
  /** When it came to rest. */
  ended_at: string | null;
  /** When it is due: the time it waits for, its next attempt, or the deadline of a report. */
  due_at: string | null;
  /** True: an endpoint answered 202 and has yet to report. */
  reported_later: boolean;
  /** For how many of the tasks in `after` it still waits. */
  waits_for: number;
  /** What it returned; null unless it has succeeded. */
  result: unknown;
  /** Why it failed; null unless it has. */
  error: TaskErrorDetails | null;
}
