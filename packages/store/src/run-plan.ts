import type { Task } from "@taskpulse/contract";

/** Whether the task is run; otherwise it is only recorded, whatever else it says. */
export function isRun(task: Pick<Task, "call" | "handler">): boolean {
  return task.call !== undefined || task.handler !== undefined;
}

/**
 * What the commit script must know of a task that is run, as it follows its log entry:
 * `<flags>,<delay ms or nothing>,<run_at ms or nothing>,<predecessors, separated by spaces>`, where
 * the only flag is `h`: it has a result webhook. Empty for a task that is only recorded.
 */
export function runPlan(task: Task): string {
  if (!isRun(task)) return "";
  const flags = task.webhook === undefined ? "" : "h";
  const delay = task.delay === undefined ? "" : Math.round(Number(task.delay) * 1_000);
  const at = task.run_at === undefined ? "" : instantOf(task.run_at);
  return `${flags},${delay},${at},${(task.after ?? []).join(" ")}`;
}

/** ISO 8601 without an offset is taken as UTC, wherever this process runs. */
export function instantOf(text: string): number {
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
}
