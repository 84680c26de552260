export interface ClientOptions {
  /** Taskpulse's consumer, with the path that a proxy may put before it. Default: `TASKPULSE_URL`, or http://127.0.0.1:5001. */
  url?: string | URL | undefined;
  /** The `ADMIN_TOKEN` of that instance, if it has one. Default: `TASKPULSE_TOKEN`. */
  token?: string | undefined;
  /**
   * What `sendTask` and `sendTasks` sign with: `whsec_…`, or several separated by spaces, of which
   * the first signs. Default: `TASKPULSE_SECRET`; without one they send unsigned.
   */
  secret?: string | undefined;
  /** Instead of the global `fetch`: for a proxy, an agent, or tests. */
  fetch?: Fetch | undefined;
}

/** As much of the global `fetch` as is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
