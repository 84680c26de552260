import { type ApiAnswer, type Connection, fieldsOf, isBusy } from "./connection.ts";
import { NeverRuns, WaitTimeout } from "./errors.ts";
import type { Patience } from "./patience.ts";
import { jittered, pause } from "./pause.ts";
import { refusal } from "./refusal.ts";
import { type TaskFailed, taskFailed } from "./task-failures.ts";

const LEAST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 2_000;
const PAUSE_PER_WAITED = 0.25;
const LEAST_ASK_MS = 1_000;
const LONGEST_ASK_MS = 10_000;

type Reading =
  | { kind: "succeeded"; retval: unknown }
  | { kind: "failed"; type: string; message: string }
  /** `problem`: why nothing is known, when nothing is. */
  | { kind: "unknown"; retryAfterMs: number; problem?: unknown };

/**
 * Asks for the state of a task until it has ended: at first often, as many a task ends within
 * milliseconds, then each time after a quarter of what was waited already, up to two seconds.
 *
 * @returns its retval
 * @throws see `TaskHandle.get`
 */
export async function waitForResult(
  connection: Connection,
  taskid: string,
  { timeoutMs, signal }: Patience,
): Promise<unknown> {
  const startedAt = performance.now();
  const leftMs = () => timeoutMs - (performance.now() - startedAt);
  for (;;) {
    const answer = await connection.call({
      method: "GET",
      path: `/tasks/${taskid}/status`,
      // The last question, too, may be answered.
      timeoutMs: Math.ceil(Math.min(Math.max(leftMs(), LEAST_ASK_MS), LONGEST_ASK_MS)),
      signal,
    });
    const reading = read(connection, taskid, answer);
    if (reading.kind === "succeeded") return reading.retval;
    if (reading.kind === "failed") throw await failure(connection, taskid, reading, signal);
    if (leftMs() <= 0) {
      const message = `task ${taskid} has not ended within ${timeoutMs} ms`;
      throw new WaitTimeout(message, taskid, reading.problem);
    }
    const untilNextMs = Math.max(pauseMs(timeoutMs - leftMs()), reading.retryAfterMs);
    await pause(Math.min(untilNextMs, leftMs()), signal);
  }
}

function pauseMs(waitedMs: number): number {
  const ms = Math.max(LEAST_PAUSE_MS, waitedMs * PAUSE_PER_WAITED);
  return jittered(Math.min(ms, LONGEST_PAUSE_MS));
}

function read(connection: Connection, taskid: string, answer: ApiAnswer): Reading {
  if (answer.kind === "unanswered") {
    return { kind: "unknown", retryAfterMs: 0, problem: answer.cause };
  }
  if (answer.status === 200) return readStatus(taskid, answer.body);
  const problem = refusal(connection.base, "asking for the task", answer);
  // Of a process that is being replaced, also a 500 may be the last word.
  if (!isBusy(answer) && answer.status !== 500) throw problem;
  return { kind: "unknown", retryAfterMs: answer.retryAfterMs ?? 0, problem };
}

function readStatus(taskid: string, body: unknown): Reading {
  const { status, result } = fieldsOf(fieldsOf(body).task);
  switch (status) {
    case "SUCCESS":
      return { kind: "succeeded", retval: result };
    case "FAILURE": {
      const { type, message } = fieldsOf(fieldsOf(result).error);
      return { kind: "failed", type: String(type), message: String(message) };
    }
    case "REVOKED":
      return { kind: "failed", type: "Cancelled", message: `task ${taskid} was cancelled` };
    case "RECEIVED":
      throw new NeverRuns(taskid);
    default:
      return { kind: "unknown", retryAfterMs: 0 };
  }
}

/** The status of an HttpError stands in the task's details only; without them it is left out. */
async function failure(
  connection: Connection,
  taskid: string,
  { type, message }: { type: string; message: string },
  signal: AbortSignal | undefined,
): Promise<TaskFailed> {
  if (type !== "HttpError") return taskFailed(type, { taskid, message });
  const answer = await connection.call({
    method: "GET",
    path: `/api/tasks/${taskid}`,
    timeoutMs: LONGEST_ASK_MS,
    signal,
  });
  const body = answer.kind === "answered" ? answer.body : undefined;
  const { status } = fieldsOf(fieldsOf(body).error);
  return taskFailed(type, {
    taskid,
    message,
    status: typeof status === "number" ? status : undefined,
  });
}
