import type { TaskRow } from "@taskpulse/contract";
import { within } from "@taskpulse/runtime";
import { type Keys, readTaskPage, type TaskQuery } from "@taskpulse/store";
import { stringify } from "csv-stringify/sync";
import type { Redis } from "ioredis";

/** The most tasks that one file holds. */
export const MAX_CSV_TASKS = 10_000;
/** How long one file is made: a search that finds nothing reads the whole log. */
export const CSV_LIMIT_MS = 10_000;
/** Besides the time that is left, for an answer of Redis. */
const GRACE_MS = 1_500;
const PAGE_TASKS = 500;
/**
 * What spreadsheets take for a formula (OWASP, "CSV Injection"), also behind white space, a byte
 * order mark, or what separates cells for some of them.
 */
const FORMULA = /^[\s\uFEFF;,]*[=+\-@＝＋－＠]|^[\t\r\n]/u;
const COLUMNS = ["received_at", "taskid", "batchid", "id", "owner", "priority", "state"] as const;

export type CsvQuery = Omit<TaskQuery, "limit">;

/**
 * The newest tasks, newest first, as CSV (RFC 4180), a page at a time. The first piece is read at
 * once, so that a store that is away can still be told. Where the time is over before the search is,
 * a last line says so, in the first column, and how to go on.
 *
 * @param deadlineMs by `performance.now()`
 */
export async function readTaskCsv(
  redis: Redis,
  keys: Keys,
  query: CsvQuery,
  limit: number,
  deadlineMs: number,
): Promise<AsyncGenerator<string>> {
  const read = (before: string | undefined, rows: number) =>
    readTaskPage(redis, keys, { ...query, before, limit: Math.min(PAGE_TASKS, rows) });
  let page = await read(query.before, limit);

  return (async function* pieces() {
    yield csvOf([], true);
    let left = limit;
    for (;;) {
      if (page.tasks.length > 0) yield csvOf(page.tasks, false);
      left -= page.tasks.length;
      if (page.before === null || left <= 0) return;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) {
        yield `${cutOff(page.before)}${",".repeat(COLUMNS.length - 1)}\r\n`;
        return;
      }
      page = await within(leftMs + GRACE_MS, read(page.before, left));
    }
  })();
}

function cutOff(before: string): string {
  return `not complete: the time for one file is over; go on with before=${before}`;
}

function csvOf(rows: readonly TaskRow[], header: boolean): string {
  return stringify([...rows], {
    header,
    columns: [...COLUMNS],
    record_delimiter: "windows",
    // Some spreadsheets separate by semicolons or tabs, some end lines where others don't.
    quoted_match: /[\r\n\t;]/,
    cast: { string: (text) => (FORMULA.test(text) ? `'${text}` : text) },
  });
}
