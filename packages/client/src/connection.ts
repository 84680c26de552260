import { readRetryAfter } from "@taskpulse/webhook";
import type { FieldError } from "./errors.ts";
import { reasonOf } from "./network-words.ts";
import type { Settings } from "./settings.ts";
import { Slots } from "./slots.ts";

export interface ApiRequest {
  method: "GET" | "POST";
  /** From the root of Taskpulse: `/api/tasks`. */
  path: string;
  /** Names in lower case. */
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: string;
  /** Over everything, waiting for other requests included; in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export type ApiAnswer =
  | {
      kind: "answered";
      status: number;
      /** The JSON of the body; undefined when it is none. */
      body: unknown;
      retryAfterMs: number | null;
    }
  /** `reason` reads on from "Taskpulse at … ". */
  | { kind: "unanswered"; reason: string; cause: unknown };

export type Answered = Extract<ApiAnswer, { kind: "answered" }>;

const BUSY = new Set([408, 425, 429, 502, 503, 504]);

/** Whether Taskpulse, or what stands before it, can't take the request just now: it may a moment later. */
export function isBusy({ status }: Answered): boolean {
  return BUSY.has(status);
}

const MAX_REQUESTS_AT_ONCE = 64;
/** A day. A timer can't wait longer than 24 of them. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/** Sends single requests to one Taskpulse. */
export class Connection {
  readonly base: string;
  readonly #fetch: Settings["fetch"];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #slots = new Slots(MAX_REQUESTS_AT_ONCE);

  constructor({ base, token, fetch }: Settings) {
    this.base = base;
    this.#fetch = fetch;
    this.#headers = {
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  /** @throws the reason of the request's `signal`, and nothing else */
  async call(request: ApiRequest): Promise<ApiAnswer> {
    const { timeoutMs, signal } = request;
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      return await this.#slots.run(() => this.#send(request, either), either);
    } catch (cause) {
      signal?.throwIfAborted();
      const reason = limit.aborted ? `has not answered within ${timeoutMs} ms` : reasonOf(cause);
      return { kind: "unanswered", reason, cause };
    }
  }

  async #send({ method, path, headers, body }: ApiRequest, signal: AbortSignal): Promise<Answered> {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const response = await this.#fetch(this.base + path, {
      method,
      headers: { ...this.#headers, ...json, ...headers },
      ...(body === undefined ? {} : { body }),
      // A redirect would carry the token and the task to wherever it leads.
      redirect: "manual",
      signal,
    });
    const retryAfter = response.headers.get("retry-after") ?? undefined;
    const retryAfterMs = readRetryAfter(retryAfter, Date.now());
    return {
      kind: "answered",
      status: response.status,
      body: parse(await response.text()),
      retryAfterMs: retryAfterMs === null ? null : Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS),
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error body of Taskpulse as far as it is one. */
export interface ErrorAnswer {
  reason: string | null;
  code: string | null;
  errors: FieldError[];
}

export function readErrorAnswer(body: unknown): ErrorAnswer {
  const { reason, code, errors } = fieldsOf(body);
  return {
    reason: typeof reason === "string" ? reason : null,
    code: typeof code === "string" ? code : null,
    errors: Array.isArray(errors) ? errors.flatMap(readFieldError) : [],
  };
}

function readFieldError(error: unknown): FieldError[] {
  const { path, message } = fieldsOf(error);
  return typeof path === "string" && typeof message === "string" ? [{ path, message }] : [];
}

/** The fields of an object, and none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
