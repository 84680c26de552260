import type { Fetch } from "../client-options.ts";
import { Connection, fieldsOf } from "../connection.ts";
import { describe, isPlainObject, knownOptions } from "../describe.ts";
import { readPatience } from "../patience.ts";
import { refusal } from "../refusal.ts";
import { sendUntilTaken } from "../send-until-taken.ts";
import { toJson } from "../to-json.ts";

/** What it takes to report how a task ended, also from another process: it is plain JSON. */
export interface ReportTicket {
  /** Holds the task's token: whoever has it can report. */
  url: string;
  taskid: string;
}

export type Outcome = { retval: unknown } | { reason: string };

export interface ReportOptions {
  /** How long to go on trying, in milliseconds. Default: 900,000, a quarter of an hour. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Instead of the global `fetch`. */
  fetch?: Fetch | undefined;
}

const DEFAULT_TIMEOUT_MS = 900_000;

/**
 * Tells Taskpulse how a task ended whose endpoint answered 202, and tries again while Taskpulse is
 * away.
 *
 * @param outcome `{retval}` or `{reason}`
 * @returns whether it ended the task; false when it came too late, or was told before
 * @throws RequestFailed, TaskNotFound when the report is not taken;
 *   Unreachable; the reason of `signal`; TypeError
 */
export async function reportOutcome(
  ticket: ReportTicket,
  outcome: Outcome,
  options: ReportOptions = {},
): Promise<boolean> {
  knownOptions("reportOutcome", options, ["timeoutMs", "signal", "fetch"]);
  const { origin, pathname, search } = readTicket(ticket);
  const fetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  // Messages name the origin only: the rest of the address is as good as a password.
  const connection = new Connection({ base: origin, token: null, secret: null, fetch });
  const body = toJson("the outcome", { ...readOutcome(outcome), task_id: ticket.taskid });
  const answer = await sendUntilTaken(
    connection,
    () => ({ method: "POST", path: pathname + search, body }),
    readPatience(options, DEFAULT_TIMEOUT_MS),
  );
  if (answer.status < 200 || answer.status > 299) {
    throw refusal(origin, `the report of task ${ticket.taskid}`, answer);
  }
  return fieldsOf(fieldsOf(answer.body).retval).changed !== false;
}

function readOutcome(outcome: unknown): object {
  if (isPlainObject(outcome)) {
    const { reason, retval = null } = outcome;
    if (typeof reason === "string") return { event: "task_failed", reason };
    if ("retval" in outcome) return { event: "task_completed", retval };
  }
  throw new TypeError(`an outcome is {retval} or {reason}, not ${describe(outcome)}`);
}

/** @throws TypeError */
export function readTicket(ticket: ReportTicket): URL {
  if (!isPlainObject(ticket)) throw new TypeError(`a ticket is an object, not ${describe(ticket)}`);
  const { url, taskid } = ticket;
  if (typeof taskid !== "string" || taskid === "") throw new TypeError("a ticket has a `taskid`");
  if (typeof url === "string" && URL.canParse(url)) {
    const address = new URL(url);
    if (address.protocol === "http:" || address.protocol === "https:") return address;
  }
  throw new TypeError("the `url` of a ticket is an http:// or https:// address");
}
