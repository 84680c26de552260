import type { ResultPayload, Task, TaskDetail } from "@taskpulse/contract";

/**
 * The body of the webhooks of a task that has succeeded or failed for good; null for any other: it
 * was begun again meanwhile, and tells how it ended then.
 */
export function resultPayload(task: TaskDetail, nowMs: number): ResultPayload | null {
  const succeeded = task.state === "succeeded";
  if (!succeeded && task.state !== "failed") return null;
  const ended_at = task.ended_at ?? new Date(nowMs).toISOString();
  const last = task.attempts.findLast(({ round }) => round === task.round);
  return {
    id: task.taskid,
    status: succeeded ? "finished" : "failed",
    event_type: succeeded ? "job.completed" : "job.failed",
    timestamp: new Date(nowMs).toISOString(),
    started_at: task.started_at,
    ended_at,
    duration:
      task.started_at === null
        ? null
        : Math.max(0, Date.parse(ended_at) - Date.parse(task.started_at)) / 1_000,
    attempts: last?.attempt ?? 0,
    result: succeeded
      ? { type: "success", retval: task.result ?? null, error: null }
      : { type: "failure", retval: null, error: errorOf(task) },
    task: shownTask(task.task),
  };
}

function errorOf({ error }: TaskDetail): ResultPayload["result"]["error"] {
  return error === null ? null : { type: error.type, message: error.message };
}

/** Without what may be secret: how its webhook is sent, and the password of the address it calls. */
function shownTask({ webhook, ...task }: Task): ResultPayload["task"] {
  if (task.call === undefined) return task;
  const url = new URL(task.call.url);
  if (url.username === "" && url.password === "") return task;
  url.username = "";
  url.password = "";
  return { ...task, call: { ...task.call, url: url.href } };
}
