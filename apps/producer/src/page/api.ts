import type { ErrorBody, ErrorCode, FieldError } from "@taskpulse/contract";

export type ApiAnswer<T> = { ok: true; value: T } | Refusal;

export interface Refusal {
  ok: false;
  /** Null when nothing answered. */
  status: number | null;
  /** Null when the answer had none, or there was no answer. */
  code: ErrorCode | null;
  /** A sentence to show. */
  reason: string;
  errors: readonly FieldError[];
}

const ANSWER_WITHIN_MS = 5_000;

export interface CallOptions {
  method?: "GET" | "POST";
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** Reads JSON, or posts it when there is a body; refusals are answers too, never exceptions. */
export async function callApi<T>(
  url: string,
  { method = "GET", body, headers = {} }: CallOptions = {},
): Promise<ApiAnswer<T>> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined
        ? { headers }
        : {
            headers: { ...headers, "content-type": "application/json" },
            body: JSON.stringify(body),
          }),
    });
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const reason = late
      ? "The producer took too long to answer."
      : "The producer can't be reached; look whether it runs.";
    return { ok: false, status: null, code: null, reason, errors: [] };
  }
  try {
    const answer: unknown = await response.json();
    if (response.ok) return { ok: true, value: answer as T };
    const { code, errors = [] } = answer as ErrorBody;
    // The server's sentence about a missing token is for programs.
    const reason =
      response.status === 401 ? "You are signed out: sign in again." : (answer as ErrorBody).reason;
    return { ok: false, status: response.status, code, reason, errors };
  } catch {
    const reason = `The answer was not readable (${response.status}).`;
    return { ok: false, status: response.status, code: null, reason, errors: [] };
  }
}
