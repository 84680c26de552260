import type { CallOutcome } from "@taskpulse/webhook";
import type { Execute } from "./attempts.ts";
import { callOnce, type EndpointCaller } from "./endpoint-call.ts";

/** Runs a task by what it names: an endpoint, or a handler. */
export function executor(caller: EndpointCaller): Execute {
  return async ({ task, ...place }, signal): Promise<CallOutcome> => {
    if (task.call !== undefined) return callOnce(caller, task.call, place, signal);
    const message = `This worker has no handler named ${task.handler}.`;
    return { kind: "failed", retryable: true, error: { type: "HandlerError", message } };
  };
}
