export interface SendOptions {
  /** How long to go on trying each request, in milliseconds. Default: 60,000. */
  timeoutMs?: number | undefined;
  /** Gives up, with the reason of the signal. What was stored by then stays stored. */
  signal?: AbortSignal | undefined;
}

/** What Taskpulse has on disk now. */
export interface SendResult {
  /** How many were new. */
  accepted: number;
  /** How many it had already. */
  duplicates: number;
  /** How many of the duplicates had other fields than the first, which stays. */
  conflicts: number;
  /** In the order of the tasks. */
  taskids: string[];
}
