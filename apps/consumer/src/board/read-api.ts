import {
  type ErrorBody,
  parseExact,
  type RowsAnswer,
  type TaskDetail,
  type TaskPage,
} from "@taskpulse/contract";
import { type TaskFilter, writeFilter } from "./task-filter.ts";

export type ApiAnswer<T> =
  | { ok: true; value: T }
  /** `status` is null when nothing answered. */
  | { ok: false; status: number | null; reason: string };

export type ReadPage = (
  filter: TaskFilter,
  before: string | undefined,
  signal: AbortSignal,
) => Promise<ApiAnswer<TaskPage>>;

export type ReadRows = (
  taskids: readonly string[],
  signal: AbortSignal,
) => Promise<ApiAnswer<RowsAnswer>>;

/** How many rows are asked for at a time. */
const PAGE_ROWS = 100;

export const readPage: ReadPage = (filter, before, signal) =>
  readJson<TaskPage>(tasksPath(filter, before), signal);

export const readRows: ReadRows = (taskids, signal) =>
  readJson<RowsAnswer>(`/api/rows?taskids=${taskids.join(",")}`, signal);

export function readDetail(taskid: string, signal: AbortSignal): Promise<ApiAnswer<TaskDetail>> {
  return readJson<TaskDetail>(`/api/tasks/${encodeURIComponent(taskid)}`, signal);
}

export function tasksPath(filter: TaskFilter, before?: string): string {
  const query = writeFilter(new URLSearchParams({ limit: String(PAGE_ROWS) }), filter);
  if (before !== undefined) query.set("before", before);
  return `/api/tasks?${query}`;
}

export function readCsv(filter: TaskFilter, signal: AbortSignal): Promise<ApiAnswer<Blob>> {
  const headers = { accept: "text/csv, application/json" };
  return read(csvPath(filter), { signal, headers }, (body) => body.blob());
}

/** The same tasks as a file; of very many, the newest. */
export function csvPath(filter: TaskFilter): string {
  const query = writeFilter(new URLSearchParams(), filter).toString();
  return `/api/tasks.csv${query === "" ? "" : `?${query}`}`;
}

/**
 * @param token for the server itself; a browser has its session
 */
export function readJson<T>(
  url: string,
  signal: AbortSignal,
  token?: string,
): Promise<ApiAnswer<T>> {
  const proof = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return read(
    url,
    { signal, headers: { accept: "application/json", ...proof } },
    async (body) => parseExact(await body.text()) as T,
  );
}

/** Errors are answers too: they carry the server's sentence, or one about why there is none. */
async function read<T>(
  url: string,
  init: RequestInit,
  take: (body: Response) => Promise<T>,
): Promise<ApiAnswer<T>> {
  let status: number | null = null;
  try {
    const response = await fetch(url, { ...init, cache: "no-store" });
    status = response.status;
    if (response.ok) return { ok: true, value: await take(response) };
    return { ok: false, status, reason: reasonOf(await response.json(), status) };
  } catch (error) {
    return { ok: false, status, reason: troubleOf(error, status) };
  }
}

function troubleOf(error: unknown, status: number | null): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return "The server took too long to answer.";
  }
  if (error instanceof SyntaxError) return `The answer was not readable (${status}).`;
  return status === null
    ? "The server can't be reached."
    : "The connection went while the answer came.";
}

function reasonOf(body: unknown, status: number): string {
  // The server's sentence is for programs.
  if (status === 401) return "You are signed out.";
  const reason = (body as Partial<ErrorBody> | null)?.reason;
  return typeof reason === "string" && reason !== "" ? reason : `The server answered ${status}.`;
}
