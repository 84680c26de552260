import { setImmediate as turn } from "node:timers/promises";
import type { Fetch } from "../client-options.ts";
import { describe } from "../describe.ts";
import { readPatience } from "../patience.ts";
import { accepted, refused } from "./exchange.ts";
import { failureReason } from "./failure-reason.ts";
import { readServeOptions } from "./read-serve-options.ts";
import { type Outcome, type ReportTicket, readTicket, reportOutcome } from "./report.ts";
import { checkFunction, serve } from "./serve.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { CALL_HEADERS, type TaskCall } from "./task-call.ts";
import type { WebhookTask } from "./webhook-task.ts";

export interface LaterOptions extends ServeOptions {
  /**
   * The origins that outcomes may be reported to, such as `["https://tasks.example.org"]`. The
   * address comes with the call, in a header that no signature covers. Default: any.
   */
  reportTo?: readonly string[] | undefined;
  /** How many may be worked on at once; a further call is answered 503. Default: 1,000. */
  maxRunning?: number | undefined;
  /** How long to go on trying to report, in milliseconds. Default: 900,000, a quarter of an hour. */
  reportTimeoutMs?: number | undefined;
  /** Is given the work, where a platform ends a process that has answered: `after` of Next.js. */
  waitUntil?: ((work: Promise<void>) => unknown) | undefined;
  /** Reports with it instead of the global `fetch`. */
  fetch?: Fetch | undefined;
}

/** Tells Taskpulse the outcome of one task, once. */
export interface Report {
  readonly ticket: ReportTicket;
  /** @returns and throws as `reportOutcome`; throws an Error when the outcome was given before */
  completed(retval?: unknown): Promise<boolean>;
  /** As `completed`. */
  failed(reason: string): Promise<boolean>;
  /**
   * Leaves the report to whoever has the ticket, and calls `reportOutcome` with it: nothing is
   * reported when the function ends.
   */
  handOff(): ReportTicket;
}

/** An endpoint that answers 202 and works afterwards. */
export interface LaterTask extends WebhookTask {
  /** Resolves when nothing is worked on and everything is reported: to be awaited before the process ends. */
  idle(): Promise<void>;
}

/** There is no `signal`: the caller has its answer, and is gone. */
export type LaterCall = Omit<TaskCall, "signal">;

/** May return a promise. Unless it has reported itself, what it returns or throws is reported when it ends. */
export type LaterFunction<Args> = (args: Args, report: Report, call: LaterCall) => unknown;

const LATER_OPTIONS = ["reportTo", "maxRunning", "reportTimeoutMs", "waitUntil", "fetch"];
const DEFAULT_MAX_RUNNING = 1_000;
const DEFAULT_REPORT_MS = 900_000;

/**
 * As `webhookTask`, for work that takes longer than a call may: answers 202 at once and reports the
 * outcome later, within the task's `deadline`. HEAD is not answered: to Taskpulse any answer to it is
 * the end of the task.
 *
 * @throws TypeError that names the option
 */
export function later<Args>(
  fn: LaterFunction<Args>,
  options: LaterOptions & { args: StandardSchema<Args> },
): LaterTask;
export function later<Args extends object = Record<string, unknown>>(
  fn: LaterFunction<Args>,
  options?: LaterOptions & { args?: undefined },
): LaterTask;
export function later(fn: LaterFunction<never>, options: LaterOptions = {}): LaterTask {
  checkFunction("later", fn);
  const served = readServeOptions("later", options, LATER_OPTIONS);
  const { reportTo, maxRunning, reportTimeoutMs, waitUntil, fetch } = readLaterOptions(options);
  const methods = served.methods.filter((method) => method !== "HEAD");
  const running = new Set<Promise<void>>();

  const task = serve({ ...served, methods }, async (args, call) => {
    const ticket = ticketOf(call, reportTo);
    if (typeof ticket === "string") return refused(call.method, 400, ticket);
    if (running.size >= maxRunning) {
      const reason = `${maxRunning} tasks are worked on already`;
      return refused(call.method, 503, reason, { "retry-after": "1" });
    }
    const report = new OneReport(ticket, (outcome) =>
      reportOutcome(ticket, outcome, { timeoutMs: reportTimeoutMs, fetch }),
    );
    const work = run(report, call, () => fn(args as never, report, call)).finally(() =>
      running.delete(work),
    );
    running.add(work);
    waitUntil?.(work);
    return accepted();
  });

  /** Never rejects. */
  async function run(report: OneReport, call: TaskCall, work: () => unknown): Promise<void> {
    // The answer goes out first, however long the function takes before it waits for something.
    await turn();
    try {
      const retval = await work();
      if (report.isOpen) await report.completed(retval);
    } catch (error) {
      const reason = failureReason(served.onError, error, call);
      if (!report.isOpen) return;
      await report.failed(reason).catch((untold) => failureReason(served.onError, untold, call));
    }
  }

  return Object.assign(task, {
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  });
}

class OneReport implements Report {
  readonly ticket: ReportTicket;
  readonly #send: (outcome: Outcome) => Promise<boolean>;
  #isOpen = true;

  constructor(ticket: ReportTicket, send: (outcome: Outcome) => Promise<boolean>) {
    this.ticket = ticket;
    this.#send = send;
  }

  /** Nobody has said yet how the task ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async completed(retval: unknown = null): Promise<boolean> {
    this.#close();
    return this.#send({ retval });
  }

  async failed(reason: string): Promise<boolean> {
    this.#close();
    return this.#send({ reason });
  }

  handOff(): ReportTicket {
    this.#close();
    return this.ticket;
  }

  #close(): void {
    if (!this.#isOpen) throw new Error("the outcome of this task was given, or handed off, before");
    this.#isOpen = false;
  }
}

/** Where to report, or why that is not known. */
function ticketOf(call: TaskCall, reportTo: readonly string[] | null): ReportTicket | string {
  const url = call.header(CALL_HEADERS.reportUrl);
  const { taskid } = call;
  if (url === null || taskid === null) {
    return `the call has no ${CALL_HEADERS.reportUrl} and ${CALL_HEADERS.taskid}: the outcome could not be reported`;
  }
  try {
    const { origin } = readTicket({ url, taskid });
    if (reportTo === null || reportTo.includes(origin)) return { url, taskid };
    return `outcomes are not reported to ${origin}`;
  } catch {
    return `${CALL_HEADERS.reportUrl} is no http:// or https:// address`;
  }
}

interface ReadLaterOptions {
  /** Null: anywhere. */
  reportTo: readonly string[] | null;
  maxRunning: number;
  reportTimeoutMs: number;
  waitUntil: LaterOptions["waitUntil"];
  fetch: Fetch | undefined;
}

function readLaterOptions(options: LaterOptions): ReadLaterOptions {
  const { reportTo, maxRunning = DEFAULT_MAX_RUNNING, waitUntil, fetch } = options;
  if (options.methods?.includes("HEAD")) {
    throw new TypeError("`methods` must not hold HEAD: any answer to it is the end of the task");
  }
  if (!Number.isInteger(maxRunning) || maxRunning < 1) {
    throw new TypeError("`maxRunning` must be a whole number from 1");
  }
  for (const [name, given] of Object.entries({ waitUntil, fetch })) {
    if (given !== undefined && typeof given !== "function") {
      throw new TypeError(`\`${name}\` must be a function`);
    }
  }
  const { timeoutMs } = readPatience({ timeoutMs: options.reportTimeoutMs }, DEFAULT_REPORT_MS);
  const origins = reportTo === undefined ? null : readOrigins(reportTo);
  return { reportTo: origins, maxRunning, reportTimeoutMs: timeoutMs, waitUntil, fetch };
}

function readOrigins(origins: unknown): string[] {
  if (!Array.isArray(origins)) {
    throw new TypeError(`\`reportTo\` must be an array of origins, not ${describe(origins)}`);
  }
  return origins.map((origin: unknown) => {
    if (typeof origin === "string" && URL.canParse(origin)) return new URL(origin).origin;
    throw new TypeError("`reportTo` must hold origins, such as https://tasks.example.org");
  });
}
