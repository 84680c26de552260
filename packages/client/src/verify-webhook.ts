import { fieldsOf } from "./connection.ts";
import { describe, isPlainObject, knownOptions } from "./describe.ts";
import { checkSignature, readSignatureOptions } from "./signature.ts";
import type { SignatureDoubt, SignatureOptions } from "./signature-options.ts";
import type { TaskInput } from "./task-input.ts";

/** What a result webhook says: how a task ended. Times are ISO 8601 in UTC. */
export interface ResultPayload<Retval = unknown> {
  /** The taskid. */
  id: string;
  status: "finished" | "failed";
  /** `webhook.test` when somebody asked for a test, with made-up values. */
  event_type: "job.completed" | "job.failed" | "webhook.test";
  /** When this was written, once for all tries. */
  timestamp: string;
  /** When the first attempt began; null when there was none. */
  started_at: string | null;
  ended_at: string;
  /** From `started_at` to `ended_at`, in seconds; null when it never began. */
  duration: number | null;
  /** How many attempts there were. */
  attempts: number;
  result:
    | { type: "success"; retval: Retval; error: null }
    | { type: "failure"; retval: null; error: { type: string; message: string } };
  /** What the task's sender said, without `webhook`. */
  task: Omit<TaskInput, "webhook">;
}

export interface VerifyWebhookInput extends SignatureOptions {
  /** Of the request: a `Headers`, or an object with names in any case, as node:http and Fastify give them. */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What arrived, untouched: JSON that was parsed and written again has another signature. */
  body: string | Uint8Array | ArrayBuffer;
}

export type VerifiedWebhook<Retval = unknown> =
  /** `id` is the `webhook-id`, the same for every try: who has seen it before has seen the payload before. */
  | { kind: "verified"; id: string; timestampMs: number; payload: ResultPayload<Retval> }
  /** Answer 401, or 400 for `not_a_result`. `message` is one sentence for people. */
  | { kind: "refused"; reason: SignatureDoubt | "not_a_result"; message: string };

/**
 * Verifies a result webhook over its raw bytes (Standard Webhooks 1.0.0) and reads it. Each
 * destination has a secret of its own, which Taskpulse shows when it is set up.
 *
 * @throws TypeError for a secret, headers or body that can't be any; never for what arrived
 */
export function verifyWebhook<Retval = unknown>(
  input: VerifyWebhookInput,
): VerifiedWebhook<Retval> {
  knownOptions("verifyWebhook", input, ["secret", "toleranceSeconds", "headers", "body"]);
  const body = bytesOf(input.body);
  const check = checkSignature(headerReader(input.headers), body, readSignatureOptions(input));
  if (check.kind === "refused") return check;
  const payload = readPayload(body);
  if (typeof payload === "string") {
    return { kind: "refused", reason: "not_a_result", message: payload };
  }
  // What a task returns is for the receiver to know.
  return { ...check, payload: payload as unknown as ResultPayload<Retval> };
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError(
    `\`body\` must be the raw body, as a text or bytes, and not ${describe(body)}: a parsed one can't be verified`,
  );
}

function headerReader(headers: VerifyWebhookInput["headers"]): (name: string) => string | null {
  if (headers instanceof Headers) return (name) => headers.get(name);
  if (!isPlainObject(headers)) {
    throw new TypeError(`\`headers\` must be a Headers or an object, not ${describe(headers)}`);
  }
  const values = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return (name) => {
    const value = values.get(name);
    if (value === undefined) return null;
    return Array.isArray(value) ? value.join(", ") : String(value);
  };
}

/** @returns why it is no result, or the result */
function readPayload(body: Uint8Array): string | Record<string, unknown> {
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return "the body is not JSON in UTF-8";
  }
  if (!isPlainObject(payload)) return "the body is not an object";
  const { id, status, event_type, result } = payload;
  const { type } = fieldsOf(result);
  const isResult =
    typeof id === "string" &&
    (status === "finished" || status === "failed") &&
    typeof event_type === "string" &&
    (type === "success" || type === "failure");
  return isResult ? payload : "the body does not say how a task ended";
}
