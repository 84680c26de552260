import {
  type ErrorBody,
  type ErrorCode,
  type FieldError,
  parseExact,
  type RowsAnswer,
  type TaskPage,
} from "@taskpulse/contract";
import { type TaskFilter, writeFilter } from "./task-filter.ts";

export interface ApiFailure {
  ok: false;
  /** Null when nothing answered. */
  status: number | null;
  /** Null when the answer had none, or there was no answer. */
  code: ErrorCode | null;
  /** A sentence to show. */
  reason: string;
  /** What is wrong with which field of what was sent. */
  errors: readonly FieldError[];
}

export type ApiAnswer<T> = { ok: true; value: T } | ApiFailure;

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
/** What changes something is answered within two seconds, or refused; the network takes some more. */
const SENT_WITHIN_MS = 10_000;

export const readPage: ReadPage = (filter, before, signal) =>
  readJson<TaskPage>(tasksPath(filter, before), signal);

export const readRows: ReadRows = (taskids, signal) =>
  readJson<RowsAnswer>(`/api/rows?taskids=${taskids.join(",")}`, signal);

export function tasksPath(filter: TaskFilter, before?: string): string {
  const query = writeFilter(new URLSearchParams({ limit: String(PAGE_ROWS) }), filter);
  if (before !== undefined) query.set("before", before);
  return `/api/tasks?${query}`;
}

export function readCsv(filter: TaskFilter, signal: AbortSignal): Promise<ApiAnswer<Blob>> {
  const headers = { accept: "text/csv, application/json" };
  return ask(csvPath(filter), { signal, headers }, (body) => body.blob());
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
  return ask<T>(url, { signal, headers: { accept: "application/json", ...proof } }, takeJson);
}

export interface SendOptions {
  method?: "POST" | "PATCH" | "DELETE";
  /** Sent as JSON; nothing is sent without one. */
  body?: unknown;
  /** The same request with the same key happens once. */
  idempotencyKey?: string;
}

/** Asks the server to change something. */
export function sendJson<T>(
  url: string,
  { method = "POST", body, idempotencyKey }: SendOptions = {},
): Promise<ApiAnswer<T>> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
  const signal = AbortSignal.timeout(SENT_WITHIN_MS);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask<T>(url, { method, headers, signal, ...sent }, takeJson);
}

async function takeJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === "" ? undefined : parseExact(text)) as T;
}

/** Errors are answers too: they carry the server's sentence, or one about why there is none. */
async function ask<T>(
  url: string,
  init: RequestInit,
  take: (body: Response) => Promise<T>,
): Promise<ApiAnswer<T>> {
  let status: number | null = null;
  try {
    const response = await fetch(url, { ...init, cache: "no-store" });
    status = response.status;
    if (response.ok) return { ok: true, value: await take(response) };
    return refusalOf(await response.json(), status);
  } catch (error) {
    return { ok: false, status, code: null, reason: troubleOf(error, status), errors: [] };
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

function refusalOf(body: unknown, status: number): ApiFailure {
  const { reason, code = null, errors = [] } = (body ?? {}) as Partial<ErrorBody>;
  return { ok: false, status, code, reason: sentenceOf(reason, status), errors };
}

function sentenceOf(reason: unknown, status: number): string {
  // The server's sentence is for programs.
  if (status === 401) return "You are signed out.";
  return typeof reason === "string" && reason !== "" ? reason : `The server answered ${status}.`;
}
