import type { TaskError } from "@taskpulse/contract";

/** What handlers throw when they know why they fail. Whatever else they throw is a fault of theirs, and tried again. */
export class HandlerFailure extends Error {
  override readonly name: string = "HandlerFailure";
}

/** To try again would not help: the task has failed for good. */
export class PermanentFailure extends HandlerFailure {
  override readonly name = "PermanentFailure";
}

/** Tried again no sooner than after so many seconds, from 1 to 86,400. */
export class RetryLater extends HandlerFailure {
  override readonly name = "RetryLater";
  readonly seconds: number;

  constructor(seconds: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.seconds = seconds;
  }
}

/** A `call` that was not answered with 2xx. A handler may catch it, and look. */
export class CallFailed extends HandlerFailure {
  override readonly name = "CallFailed";
  readonly type: TaskError["type"];
  /** The HTTP status, if one came. */
  readonly status: number | undefined;
  /** The beginning of the reply, at most 16 KiB. */
  readonly reply: string | undefined;
  /** What the endpoint asked for with 429 or 503, from 1 s to 24 h. */
  readonly retryAfterMs: number | undefined;

  constructor(failed: {
    error: TaskError;
    status?: number;
    reply?: string;
    retryAfterMs?: number;
  }) {
    super(failed.error.message);
    this.type = failed.error.type;
    this.status = failed.status;
    this.reply = failed.reply;
    this.retryAfterMs = failed.retryAfterMs;
  }
}
