import { headerProblems } from "@taskpulse/contract";
import type { Dispatcher } from "undici";
import { type SigningSecret, signWebhook } from "../sign.ts";
import { exchange, type Reply } from "./exchange.ts";
import type { AbortedTry, FailedTry } from "./outcome.ts";
import type { Outgoing } from "./outgoing.ts";
import { REPLY_TEXT_BYTES } from "./reply-text.ts";
import { basicAuth, readTarget, type Target } from "./target.ts";

export interface OutgoingRequest {
  /** http:// or https://; user and password become an Authorization header, the fragment is dropped. */
  url: string;
  method: Dispatcher.HttpMethod;
  /** What the sender of a task asked for, with the limits of `headerProblems`. */
  headers?: Readonly<Record<string, string>> | undefined;
  cookies?: Readonly<Record<string, string>> | undefined;
  /** User and password; counts more than those in the address, and than a header. */
  auth?: readonly [user: string, password: string] | undefined;
  /** With its media type, unless a header says another. */
  body?: { type: string; content: string | Uint8Array } | undefined;
  /** Signs the body (Standard Webhooks); `id` is the same for every try. */
  sign?: { id: string; secret: SigningSecret } | undefined;
  /** Over everything: resolving, connecting, sending, waiting, reading. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Sends one request and reads the beginning of its reply, 16 KiB of it, whatever its status: see
 * `judgeStatus`. Never rejects.
 */
export async function sendRequest(
  outgoing: Outgoing,
  request: OutgoingRequest,
): Promise<Reply | FailedTry | AbortedTry> {
  const { url, method, body, timeoutMs, signal } = request;
  const read = readTarget(url);
  if (read.kind === "refused") return refusedTarget(read.reason);
  const [problem] = headerProblems(request);
  if (problem !== undefined) {
    // Looked at when the task came in: this one was stored by other rules.
    const message = `the request can't be sent: ${problem.path} ${problem.message}`;
    return { kind: "failed", error: { type: "ConnectionFailed", message }, retryable: false };
  }
  const headers = headersOf(request, read.target, outgoing.now());
  const result = await exchange(outgoing, {
    target: read.target,
    method,
    headers,
    body: body?.content ?? null,
    timeoutMs,
    signal,
    bodyLimit: () => (method === "HEAD" ? 0 : REPLY_TEXT_BYTES),
  });
  return result.kind === "failed" ? { kind: "failed", ...result.failure } : result;
}

export function refusedTarget(reason: string): FailedTry {
  return { kind: "failed", error: { type: "AddressRefused", message: reason }, retryable: false };
}

/** What every request carries. A compressed reply could unfold to any size, so none is asked for. */
export function ownHeaders(target: Target): Record<string, string> {
  const headers: Record<string, string> = {
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "Taskpulse",
  };
  if (target.authorization !== undefined) headers.authorization = target.authorization;
  return headers;
}

function headersOf(request: OutgoingRequest, target: Target, nowMs: number) {
  const { headers: given = {}, cookies = {}, auth, body, sign } = request;
  const headers = ownHeaders(target);
  if (body !== undefined) headers["content-type"] = body.type;
  for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value;
  const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  if (pairs.length > 0) headers.cookie = pairs.join("; ");
  if (auth !== undefined) headers.authorization = basicAuth(...auth);
  if (sign !== undefined) {
    const { id, secret } = sign;
    Object.assign(headers, signWebhook({ id, secret, nowMs, body: body?.content ?? "" }));
  }
  return headers;
}
