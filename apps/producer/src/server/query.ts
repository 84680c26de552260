import { type FieldError, type ReadFields, readFields, wholeNumberText } from "@taskpulse/contract";
import { z } from "zod";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;
/** Each of them is read twice: to find where the stream begins, and to send it. */
const MAX_TAIL = 5_000;
const EVENT_ID = /^\d{1,15}-\d{1,15}$/;

export const limitQuery = z.object({ limit: wholeNumberText(1, MAX_LIMIT).default(DEFAULT_LIMIT) });

/** `?limit=` of the list of batches. */
export function readLimit(query: Record<string, unknown>): ReadFields<number> {
  const read = readFields(limitQuery, query);
  return read.kind === "valid" ? { kind: "valid", value: read.value.limit } : read;
}

export interface EventsQuery {
  begin: { from: "start" } | { from: "tail"; count: number } | { from: "resume"; after: string };
  withTotals: boolean;
}

/**
 * Where an event stream begins. The `Last-Event-ID` header wins, as a browser sends it by itself
 * when it reconnects to the same address; `?after=` says the same for those who can't set headers;
 * `?tail=n` begins at the last n outcomes, or as many as are sent. `?totals=1` adds the batch's totals as `event: batch`.
 */
export function readEventsQuery(
  query: Record<string, unknown>,
  lastEventId: string | string[] | undefined,
): ReadFields<EventsQuery> {
  const withTotals = query.totals === "1";
  const after = lastEventId || query.after;
  if (after !== undefined) {
    return typeof after === "string" && EVENT_ID.test(after)
      ? { kind: "valid", value: { begin: { from: "resume", after }, withTotals } }
      : invalid(
          lastEventId ? "Last-Event-ID" : "after",
          "must be the id of an event of this stream",
        );
  }
  if (query.tail === undefined) {
    return { kind: "valid", value: { begin: { from: "start" }, withTotals } };
  }
  if (typeof query.tail !== "string" || !/^\d+$/.test(query.tail)) {
    return invalid("tail", "must be a whole number, 0 or more");
  }
  const count = Math.min(Number(query.tail), MAX_TAIL);
  return { kind: "valid", value: { begin: { from: "tail", count }, withTotals } };
}

function invalid(path: string, message: string): { kind: "invalid"; errors: FieldError[] } {
  return { kind: "invalid", errors: [{ path, message }] };
}
