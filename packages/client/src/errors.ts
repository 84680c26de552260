import type { SendResult } from "./send-result.ts";

/** One field that Taskpulse did not take: where it is (`call.url`), and what it takes. */
export interface FieldError {
  path: string;
  message: string;
}

/**
 * Everything that this package throws, with two exceptions: a `TypeError` for what a program got
 * wrong before anything was sent, and the `reason` of an `AbortSignal` that the program gave.
 */
export class TaskpulseError extends Error {
  override readonly name: string = "TaskpulseError";
  /** With `sendTasks`: what requests before this one had stored already. Sending all again is safe. */
  declare sent?: SendResult;
}

/** Taskpulse answered, but not with what was asked for. */
export class RequestFailed extends TaskpulseError {
  override readonly name: string = "RequestFailed";
  /** The HTTP status. */
  readonly status: number;
  /** Taskpulse's own code, such as `login_required` (docs/errors.md); null when something else answered. */
  readonly code: string | null;

  constructor(message: string, answer: { status: number; code: string | null }) {
    super(message);
    this.status = answer.status;
    this.code = answer.code;
  }
}

/** What was sent is no task that Taskpulse takes (HTTP 400), or its key was used for another one (422). */
export class TaskRefused extends RequestFailed {
  override readonly name = "TaskRefused";
  /** Every bad field. With `sendTasks` a path begins with the task's place in the whole array: `3.priority`. */
  readonly errors: readonly FieldError[];

  constructor(
    message: string,
    answer: { status: number; code: string | null; errors: readonly FieldError[] },
  ) {
    super(message, answer);
    this.errors = answer.errors;
  }
}

/** There is no such task, or it is older than what Taskpulse keeps. */
export class TaskNotFound extends RequestFailed {
  override readonly name = "TaskNotFound";
}

/** No answer from Taskpulse, however often it was tried; the `cause` is what the last try met. */
export class Unreachable extends TaskpulseError {
  override readonly name = "Unreachable";
}

/** `get` has waited as long as it was told to. The task goes on, and `get` may be called again. */
export class WaitTimeout extends TaskpulseError {
  override readonly name = "WaitTimeout";
  readonly taskid: string;

  constructor(message: string, taskid: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.taskid = taskid;
  }
}

/** The task has neither a `call` nor a `handler`: it is only recorded, and there never is a result. */
export class NeverRuns extends TaskpulseError {
  override readonly name = "NeverRuns";
  readonly taskid: string;

  constructor(taskid: string) {
    super(`task ${taskid} has neither a call nor a handler: it is only recorded`);
    this.taskid = taskid;
  }
}
