/** One call of the endpoint, beside its arguments. */
export interface TaskCall {
  /** In capitals. */
  readonly method: string;
  /** The task that is run; null when somebody else than Taskpulse calls. */
  readonly taskid: string | null;
  /**
   * The same for every try of a task, until it is run again by hand: what has been done under it need
   * not be done again. Null when the call carries none.
   */
  readonly webhookId: string | null;
  /** Ends when the caller goes away, as Taskpulse does after the call's timeout. */
  readonly signal: AbortSignal;
  /** A header's value, by any spelling of its name; null when it is not there. */
  header(name: string): string | null;
}

/** Headers that Taskpulse adds to its calls, beside those of the signature. */
export const CALL_HEADERS = {
  /** Where to report when the answer was 202: an address with a token of its own. */
  reportUrl: "taskpulse-report-url",
  taskid: "taskpulse-task-id",
} as const;
