import type { Logger } from "@taskpulse/runtime";
import type { Handler } from "../handlers/define-handler.ts";
import { runHandler } from "../handlers/run-handler.ts";
import type { Execute } from "./attempts.ts";
import { callOnce, type EndpointCaller } from "./endpoint-call.ts";
import type { RunOutcome } from "./run-outcome.ts";

export interface ExecutorOptions {
  caller: EndpointCaller;
  handlers: ReadonlyMap<string, Handler>;
  log: Logger;
}

/** Runs a task by what it names: an endpoint, or a handler. */
export function executor({ caller, handlers, log }: ExecutorOptions): Execute {
  return async ({ task, ...place }, signal): Promise<RunOutcome> => {
    if (task.call !== undefined) return callOnce(caller, task.call, place, signal);
    const handler = handlers.get(task.handler ?? "");
    if (handler !== undefined) {
      const { args } = task;
      return runHandler({ handler, args, ...place, signal, outgoing: caller.outgoing, log });
    }
    // A newer worker may have it, or an older one.
    const message = `This worker has no handler named ${task.handler}.`;
    return { kind: "failed", retryable: true, error: { type: "HandlerError", message } };
  };
}
