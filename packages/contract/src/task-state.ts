/**
 * The states of a task. A task that is only recorded stays in `received`; the others belong to
 * tasks that are run.
 */
export const TASK_STATES = [
  "received",
  "waiting",
  "queued",
  "running",
  "retrying",
  "succeeded",
  "failed",
  "cancelled",
] as const;

export type TaskState = (typeof TASK_STATES)[number];

export type StateTotals = Record<TaskState, number>;
