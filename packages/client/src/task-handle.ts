import type { TaskDetails, TaskState } from "./task-details.ts";

export interface GetOptions {
  /** How long to wait, in milliseconds; `Infinity` is possible. Default: 300,000, five minutes. */
  timeoutMs?: number | undefined;
  /** Gives up waiting, with the reason of the signal. The task goes on: see `cancel`. */
  signal?: AbortSignal | undefined;
}

/** What a program holds of a task that Taskpulse has taken. It keeps nothing open, and needs no end. */
export interface TaskHandle<Retval = unknown> {
  /** 26 characters, the same for ever; `client.task(taskid)` gives a handle again. */
  readonly taskid: string;
  /**
   * Waits for the end of the task by asking from time to time, at first every 25 ms and in the end
   * every two seconds, also while Taskpulse is away.
   *
   * @returns what the task returned
   * @throws TaskFailed, as the class that its failure has: `RemoteError`, `HttpError`, `Cancelled`, …;
   *   WaitTimeout; NeverRuns; TaskNotFound; RequestFailed; the reason of `signal`
   */
  get(options?: GetOptions): Promise<Retval>;
  /** Its state now. @throws TaskNotFound, RequestFailed, Unreachable */
  status(): Promise<TaskState>;
  /** Its state now, its attempts, timeline and result. @throws TaskNotFound, RequestFailed, Unreachable */
  details(): Promise<TaskDetails>;
  /**
   * Ends the task, also while it is run.
   *
   * @returns whether it is cancelled now: false when it had succeeded or failed already, or never runs
   * @throws TaskNotFound, RequestFailed, Unreachable
   */
  cancel(): Promise<boolean>;
}

/**
 * A task that is being sent: a promise of its handle, with the handle's own methods, so that both
 * `await (await task).get()` and `await task.get()` work. Awaiting it throws TaskRefused,
 * RequestFailed, Unreachable, or the reason of the call's `signal`.
 */
export type StartingTask<Retval = unknown> = Promise<TaskHandle<Retval>> &
  Omit<TaskHandle<Retval>, "taskid">;
