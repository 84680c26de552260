import { TaskpulseError } from "./errors.ts";

/** What a task's own failure can be; each is a class of this package with the same name. */
export type TaskFailureType =
  | "InvalidResponse"
  | "UnknownStatus"
  | "RemoteError"
  | "HttpError"
  | "Timeout"
  | "ConnectionFailed"
  | "AddressRefused"
  | "RedirectRefused"
  | "DeadlineExceeded"
  | "PredecessorFailed"
  | "HandlerError"
  | "Interrupted"
  | "Cancelled";

export interface TaskFailure {
  taskid: string;
  message: string;
  /** The HTTP status of an `HttpError`. */
  status?: number | undefined;
}

/**
 * A task has ended without a result. `instanceof Timeout` and `type === "Timeout"` tell the same. A
 * type that this version does not know yet is a plain `TaskFailed` with that `type`.
 */
export class TaskFailed extends TaskpulseError {
  override readonly name: string;
  readonly type: string;
  readonly taskid: string;
  /** The HTTP status of an `HttpError`. */
  declare readonly status?: number;

  constructor(type: string, { taskid, message, status }: TaskFailure) {
    super(message);
    this.name = type;
    this.type = type;
    this.taskid = taskid;
    if (status !== undefined) this.status = status;
  }
}

/** A failure whose class says its type. */
abstract class Named<Type extends TaskFailureType> extends TaskFailed {
  declare readonly type: Type;
}

/** The reply was empty, too large, not JSON, or not of the reply format. */
export class InvalidResponse extends Named<"InvalidResponse"> {
  constructor(failure: TaskFailure) {
    super("InvalidResponse", failure);
  }
}

/** The reply's `status` was neither `success` nor `failure`. */
export class UnknownStatus extends Named<"UnknownStatus"> {
  constructor(failure: TaskFailure) {
    super("UnknownStatus", failure);
  }
}

/** The endpoint answered `failure`, or reported `task_failed`; the message is its reason. */
export class RemoteError extends Named<"RemoteError"> {
  constructor(failure: TaskFailure) {
    super("RemoteError", failure);
  }
}

/** The endpoint answered with HTTP 4xx or 5xx: `status`. */
export class HttpError extends Named<"HttpError"> {
  constructor(failure: TaskFailure) {
    super("HttpError", failure);
  }
}

/** The endpoint did not answer within the call's `timeout`. That `get` gave up waiting is a `WaitTimeout`. */
export class Timeout extends Named<"Timeout"> {
  constructor(failure: TaskFailure) {
    super("Timeout", failure);
  }
}

/** Taskpulse could not connect to the endpoint, or lost the connection. */
export class ConnectionFailed extends Named<"ConnectionFailed"> {
  constructor(failure: TaskFailure) {
    super("ConnectionFailed", failure);
  }
}

/** The endpoint's address is one that Taskpulse does not call: see OUTGOING_ALLOW. */
export class AddressRefused extends Named<"AddressRefused"> {
  constructor(failure: TaskFailure) {
    super("AddressRefused", failure);
  }
}

/** The endpoint answered with a redirect; these are not followed. */
export class RedirectRefused extends Named<"RedirectRefused"> {
  constructor(failure: TaskFailure) {
    super("RedirectRefused", failure);
  }
}

/** The endpoint answered 202 and has not reported within the task's `deadline`. */
export class DeadlineExceeded extends Named<"DeadlineExceeded"> {
  constructor(failure: TaskFailure) {
    super("DeadlineExceeded", failure);
  }
}

/** A task that this one waited for (`after`) did not succeed. */
export class PredecessorFailed extends Named<"PredecessorFailed"> {
  constructor(failure: TaskFailure) {
    super("PredecessorFailed", failure);
  }
}

/** The registered handler threw; the message is that of its error. */
export class HandlerError extends Named<"HandlerError"> {
  constructor(failure: TaskFailure) {
    super("HandlerError", failure);
  }
}

/** The worker went away while it ran the last attempt. */
export class Interrupted extends Named<"Interrupted"> {
  constructor(failure: TaskFailure) {
    super("Interrupted", failure);
  }
}

/** Somebody cancelled the task. */
export class Cancelled extends Named<"Cancelled"> {
  constructor(failure: TaskFailure) {
    super("Cancelled", failure);
  }
}

const CLASSES: Record<TaskFailureType, new (failure: TaskFailure) => TaskFailed> = {
  InvalidResponse,
  UnknownStatus,
  RemoteError,
  HttpError,
  Timeout,
  ConnectionFailed,
  AddressRefused,
  RedirectRefused,
  DeadlineExceeded,
  PredecessorFailed,
  HandlerError,
  Interrupted,
  Cancelled,
};

/** The error of a type as Taskpulse names it. */
export function taskFailed(type: string, failure: TaskFailure): TaskFailed {
  return isKnown(type) ? new CLASSES[type](failure) : new TaskFailed(type, failure);
}

function isKnown(type: string): type is TaskFailureType {
  return Object.hasOwn(CLASSES, type);
}
