import type { TaskError } from "./outcome.ts";

/** The states of the HTTP gateway, as task queues of this kind have always named them. */
export const GATEWAY_STATES = [
  /** It waits: for its time, for its turn, or for other tasks. */
  "PENDING",
  /** It runs, or a remote has it that answered 202. */
  "STARTED",
  /** A try has failed, and another will follow. */
  "RETRY",
  "SUCCESS",
  "FAILURE",
  /** It was cancelled. */
  "REVOKED",
  /** It is only recorded, and will never run. */
  "RECEIVED",
] as const;

export type GatewayState = (typeof GATEWAY_STATES)[number];

/** The batch, owner and priority of tasks that the gateway starts. */
export const GATEWAY_BATCHID = "gateway";
export const GATEWAY_OWNER = "gateway";
export const GATEWAY_PRIORITY = "Moderate";

/** The header that names another priority; lower case. */
export const PRIORITY_HEADER = "taskpulse-priority";

/** `GET|POST /apply/{handler}` */
export interface AppliedAnswer {
  ok: "true";
  task_id: string;
}

/** `GET /tasks/{id}/done`: `executed` once it has succeeded or failed, `ended` also once it was cancelled. */
export interface DoneAnswer {
  task: { id: string; executed: boolean; ended: boolean };
}

/** `GET /tasks/{id}/status`: `result` is what it returned, or its error, or null. */
export interface StatusAnswer {
  task: { id: string; status: GatewayState; result: unknown };
}

/** The `result` of a task that failed. */
export interface FailureResult {
  error: Pick<TaskError, "type" | "message">;
}

/** `GET /task_status/?task_id=` */
export interface TaskStateAnswer {
  state: GatewayState;
  /** `<type>: <message>`; only when it failed. */
  error?: string;
}
