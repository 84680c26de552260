/** The four priorities, most urgent last. */
export type Priority = "Low" | "Moderate" | "Major" | "Critical";

/** How a task's endpoint may be called. */
export type CallMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Named arguments: anything that JSON holds. */
export type TaskArgs = Readonly<Record<string, unknown>>;

/** Who is told how a task ended, and how. Without `name`, a plain HTTP call. */
export interface ResultWebhook {
  /** http:// or https:// */
  url: string;
  /** A caller that is registered in the worker. Default: `basic`. */
  name?: string;
  /** Default: POST. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  cookies?: Readonly<Record<string, string>>;
  /** User and password. */
  auth?: readonly [user: string, password: string];
  /** Seconds, 0.5 to 120. Default: 5. */
  timeout?: number;
  /** 0 to 10. Default: 3. */
  max_retries?: number;
  /** Seconds, 1 to 10 of them; the last one repeats. Default: 10, 30, 120. */
  retry_intervals?: readonly number[];
}

/**
 * One task as `POST /consumetasks` takes it. It is known by `batchid` and `id` together: sent again,
 * it is a duplicate and changes nothing. Without `call` and `handler` it is only recorded. Further
 * fields are kept and shown, never executed.
 */
export interface TaskInput {
  /** 1 to 200 characters. */
  batchid: string;
  /** A whole number from 0, or 1 to 200 characters; 7 and "7" differ. */
  id: number | string;
  /** 1 to 200 characters. */
  owner: string;
  priority: Priority;
  raised_date?: string | Date;
  /** At most 10,000 characters. */
  description?: string;
  /** The endpoint to call. Default: POST, 5 s. */
  call?: {
    url: string;
    method?: CallMethod;
    args?: TaskArgs;
    /** Seconds, 0.5 to 120. */
    timeout?: number;
  };
  /** A registered handler, instead of `call`. */
  handler?: string;
  /** For the handler. */
  args?: TaskArgs;
  /** 0 to 10. Default: 3. */
  max_retries?: number;
  /** Seconds, 1 to 10 of them; the last one repeats. Default: 5. */
  retry_intervals?: readonly number[];
  /** Seconds from being received. */
  delay?: number;
  run_at?: string | Date;
  /** taskids, at most 1,000: all must succeed first. */
  after?: readonly string[];
  /** How long a remote that answered 202 has to report, in seconds. Default: 3,600. */
  deadline?: number;
  webhook?: ResultWebhook;
  [field: string]: unknown;
}
