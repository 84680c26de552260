import { knownOptions } from "./describe.ts";
import type { Priority, ResultWebhook } from "./task-input.ts";

/** How tasks are run: given with `httpTask` and `handlerTask`, and again with each call, where it wins. */
export interface TaskOptions {
  /** Default: Moderate. */
  priority?: Priority | undefined;
  /** Who stands behind the task, 1 to 200 characters, shown on the board. Default: `client`. */
  owner?: string | undefined;
  /** At most 10,000 characters, shown on the board. */
  description?: string | undefined;
  /** Seconds to wait before the first try. */
  delay?: number | undefined;
  /** When to try first; a text is ISO 8601. */
  runAt?: Date | string | undefined;
  /** Tasks that must have succeeded before, by handle or taskid, at most 1,000. One that fails fails this. */
  after?: Predecessor | readonly Predecessor[] | undefined;
  /** How often to try again, 0 to 10. Default: 3; a handler may say otherwise. */
  retries?: number | undefined;
  /** Seconds before each further try; the last one repeats, ±20 %. Default: 5. */
  retryIntervals?: readonly number[] | undefined;
  /** How long one try of an HTTP task may take, in seconds, 0.5 to 120. Default: 5. */
  timeout?: number | undefined;
  /** How long an endpoint that answered 202 has to report, in seconds. Default: 3,600. */
  deadline?: number | undefined;
  /** Whom to tell how it ended; a text is the address. */
  webhook?: ResultWebhook | string | undefined;
}

/** What only one call can have. */
export interface StartOptions extends TaskOptions {
  /**
   * The same key starts the same task once: a repeat gives the handle of the first, and another task
   * under the same key throws `TaskRefused`. 1 to 200 visible ASCII characters.
   */
  idempotencyKey?: string | undefined;
  /** Gives up sending. A task that Taskpulse has taken goes on: see `cancel`. */
  signal?: AbortSignal | undefined;
}

/** A task that another waits for: its handle, as returned or awaited, or its taskid. */
export type Predecessor = string | { readonly taskid: string } | PromiseLike<{ taskid: string }>;

/** Its timeout is that of the handler. */
export type HandlerTaskOptions = Omit<TaskOptions, "timeout">;
export type HandlerStartOptions = Omit<StartOptions, "timeout">;

const HANDLER_OPTIONS = [
  "priority",
  "owner",
  "description",
  "delay",
  "runAt",
  "after",
  "retries",
  "retryIntervals",
  "deadline",
  "webhook",
] as const satisfies readonly (keyof HandlerTaskOptions)[];
const OPTIONS = { http: [...HANDLER_OPTIONS, "timeout"], handler: HANDLER_OPTIONS } as const;
const DEFAULTS = { priority: "Moderate", owner: "client" } as const;

export interface ReadOptions {
  kind: keyof typeof OPTIONS;
  /** The function that took them, for messages. */
  where: string;
  /** Whether what only one call can have may be among them. */
  starts: boolean;
}

/** @throws TypeError when there is an option that is not known: mistyped, it would do nothing */
export function checkOptions(options: unknown, { kind, where, starts }: ReadOptions): void {
  knownOptions(where, options, [...OPTIONS[kind], ...(starts ? ["idempotencyKey", "signal"] : [])]);
}

/** Later ones win; what is undefined says nothing. */
export function mergeOptions(...all: readonly StartOptions[]): StartOptions {
  const said = all.flatMap((options) =>
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  return { ...DEFAULTS, ...Object.fromEntries(said) };
}
