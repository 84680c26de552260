import type { TaskError } from "@taskpulse/contract";
import type { Logger } from "@taskpulse/runtime";
import { clampRetryAfter, type Outgoing } from "@taskpulse/webhook";
import type { RunOutcome } from "../run/run-outcome.ts";
import type { Handler, HandlerContext } from "./define-handler.ts";
import { CallFailed, HandlerFailure, PermanentFailure, RetryLater } from "./failures.ts";
import { callFor } from "./handler-call.ts";

/** The largest result that is kept, in characters of its JSON: as much as of an endpoint's reply. */
const MAX_RESULT_CHARS = 262_144;
const MAX_MESSAGE_CHARS = 2_000;

export interface HandlerRun {
  handler: Handler;
  args: unknown;
  taskid: string;
  attempt: number;
  /** Ends the run: the task was cancelled, or the worker stops. */
  signal: AbortSignal;
  outgoing: Outgoing;
  log: Logger;
}

/**
 * Runs a handler once. Never rejects, and settles within the handler's time limit or when it is
 * aborted, even if the handler goes on: what it does then is nobody's concern any more.
 */
export function runHandler(run: HandlerRun): Promise<RunOutcome> {
  const { handler, args, taskid, attempt, signal, outgoing } = run;
  const { promise, resolve } = Promise.withResolvers<RunOutcome>();
  const log = run.log.child({ handler: handler.name, taskid, attempt });
  const over = new AbortController();
  const settle = (outcome: RunOutcome) => {
    if (over.signal.aborted) return;
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    if (outcome.kind === "failed") log.warn({ reason: outcome.error.message }, "a handler failed");
    resolve(outcome);
    over.abort();
  };
  const abort = () => settle({ kind: "aborted" });
  const timer = setTimeout(() => settle(timedOut(handler.timeoutMs)), handler.timeoutMs);
  if (signal.aborted) {
    abort();
    return promise;
  }
  signal.addEventListener("abort", abort);
  const context: HandlerContext = {
    ...{ taskid, attempt, log, signal: over.signal },
    call: (request) => callFor(outgoing, request, over.signal),
  };
  void resultOf(handler, args, context).then(settle);
  return promise;
}

async function resultOf(
  handler: Handler,
  args: unknown,
  context: HandlerContext,
): Promise<RunOutcome> {
  try {
    const retval: unknown = (await handler.run(args, context)) ?? null;
    refuseUnwritable(retval);
    return { kind: "succeeded", retval };
  } catch (error) {
    if (!(error instanceof HandlerFailure) && !context.signal.aborted) {
      context.log.error({ err: error }, "a handler broke");
    }
    return failureOf(error);
  }
}

/** @throws PermanentFailure */
function refuseUnwritable(retval: unknown): void {
  let json: string | undefined;
  try {
    json = JSON.stringify(retval);
  } catch (cause) {
    throw new PermanentFailure("what it returned can't be written as JSON", { cause });
  }
  if (json === undefined) throw new PermanentFailure("what it returned can't be written as JSON");
  if (json.length > MAX_RESULT_CHARS) {
    throw new PermanentFailure(`it returned more than ${MAX_RESULT_CHARS / 1_024} KiB of JSON`);
  }
}

function failureOf(error: unknown): RunOutcome {
  const failed = { kind: "failed", retryable: true, error: handlerError(error) } as const;
  if (error instanceof PermanentFailure) return { ...failed, retryable: false };
  if (error instanceof RetryLater) {
    return { ...failed, retryAfterMs: clampRetryAfter(error.seconds * 1_000) };
  }
  if (!(error instanceof CallFailed)) return failed;
  const { type, status, reply, retryAfterMs } = error;
  return {
    ...failed,
    // The same address will be refused again.
    retryable: type !== "AddressRefused",
    ...(status === undefined ? {} : { status }),
    ...(reply === undefined ? {} : { reply }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function handlerError(error: unknown): TaskError {
  const said = error instanceof Error ? error.message || error.name : String(error);
  const message = said.length <= MAX_MESSAGE_CHARS ? said : `${said.slice(0, MAX_MESSAGE_CHARS)}…`;
  return { type: "HandlerError", message };
}

function timedOut(timeoutMs: number): RunOutcome {
  const message = `not done within ${timeoutMs / 1_000} s`;
  return { kind: "failed", retryable: true, error: { type: "Timeout", message } };
}
