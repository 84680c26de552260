import type { Task } from "@taskpulse/contract";

/** How often a task is tried and when; intervals in seconds, the last one repeats. */
export interface RetryPlan {
  maxRetries: number;
  intervals: readonly number[];
}

const DEFAULT_RETRY_PLAN: RetryPlan = { maxRetries: 3, intervals: [5] };

/** What the task says, or else its handler, or else the default; the two fields each for themselves. */
export function retryPlanOf(
  task: Pick<Task, "max_retries" | "retry_intervals">,
  ofHandler: Partial<RetryPlan> = {},
): RetryPlan {
  return {
    maxRetries: task.max_retries ?? ofHandler.maxRetries ?? DEFAULT_RETRY_PLAN.maxRetries,
    // Numbers with more digits than a double holds stay objects until somebody calculates with them.
    intervals: (task.retry_intervals ?? ofHandler.intervals ?? DEFAULT_RETRY_PLAN.intervals).map(
      Number,
    ),
  };
}
