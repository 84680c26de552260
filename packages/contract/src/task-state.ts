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

/** A task that is run comes to rest in one of these. */
export const FINAL_STATES = ["succeeded", "failed", "cancelled"] as const;

export type FinalState = (typeof FINAL_STATES)[number];

export function isFinal(state: TaskState): state is FinalState {
  return (FINAL_STATES as readonly TaskState[]).includes(state);
}
