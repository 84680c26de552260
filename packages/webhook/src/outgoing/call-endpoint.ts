import { type SigningSecret, signWebhook } from "../sign.ts";
import { exchange, type Reply } from "./exchange.ts";
import { type Args, formOf, queryWith } from "./form.ts";
import { failedReply, judgeStatus } from "./judge-status.ts";
import type { AbortedTry, FailedTry } from "./outcome.ts";
import type { Outgoing } from "./outgoing.ts";
import { readReply } from "./read-reply.ts";
import { isEncoded, REPLY_TEXT_BYTES } from "./reply-text.ts";
import { ownHeaders, refusedTarget } from "./send-request.ts";
import { readTarget } from "./target.ts";

export interface EndpointCall {
  /** http:// or https://; user and password become an Authorization header, the fragment is dropped. */
  url: string;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With GET and HEAD sent in the query, otherwise as a form: see `formOf`. */
  args: Args;
  /** Over everything: resolving, connecting, sending, waiting, reading. */
  timeoutMs: number;
  /** Of our own making, such as the report address; names in lower case. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Signs the body, empty with GET and HEAD (Standard Webhooks); `id` is the same for every try. */
  sign?: { id: string; secret: SigningSecret } | undefined;
  /** Ends the call: the task was cancelled, or the worker stops. */
  signal?: AbortSignal | undefined;
}

export type CallOutcome =
  | { kind: "succeeded"; retval: unknown; status: number }
  /** HTTP 202: the remote reports later. What else it says means nothing. */
  | { kind: "accepted"; status: number }
  | FailedTry
  | AbortedTry;

/** The largest reply that is read. */
export const MAX_REPLY_BYTES = 262_144;

const FORM = "application/x-www-form-urlencoded";

/** Calls the endpoint of a callback task once, and reads its reply. Never rejects. */
export async function callEndpoint(outgoing: Outgoing, call: EndpointCall): Promise<CallOutcome> {
  const { method, args, timeoutMs, signal } = call;
  const inQuery = method === "GET" || method === "HEAD";
  const read = readTarget(call.url, inQuery ? (query) => queryWith(query, args) : undefined);
  if (read.kind === "refused") return refusedTarget(read.reason);
  const { target } = read;
  const body = inQuery ? "" : formOf(args);
  const headers = ownHeaders(target);
  if (!inQuery) headers["content-type"] = FORM;
  if (call.headers !== undefined) Object.assign(headers, call.headers);
  if (call.sign !== undefined) {
    Object.assign(headers, signWebhook({ ...call.sign, body, nowMs: outgoing.now() }));
  }
  const result = await exchange(outgoing, {
    target,
    method,
    headers,
    body: inQuery ? null : body,
    timeoutMs,
    signal,
    bodyLimit: (status) => bodyLimit(method, status),
  });
  switch (result.kind) {
    case "replied":
      return judge(result, method, outgoing.now());
    case "failed":
      return { kind: "failed", ...result.failure };
    case "aborted":
      return result;
    default:
      return result satisfies never;
  }
}

function bodyLimit(method: string, status: number): number {
  if (method === "HEAD" || status === 202) return 0;
  return status >= 200 && status < 300 ? MAX_REPLY_BYTES : REPLY_TEXT_BYTES;
}

function judge(reply: Reply, method: string, nowMs: number): CallOutcome {
  const { status, rest } = reply;
  const failed = judgeStatus(reply, nowMs);
  if (failed !== null) return failed;
  // A reply to HEAD has no body to say anything else.
  if (method === "HEAD") return { kind: "succeeded", retval: null, status };
  if (status === 202) return { kind: "accepted", status };
  if (isEncoded(reply)) return invalid(reply, "the reply is compressed, which was not asked for");
  if (rest === "cut") {
    return invalid(reply, `the reply is larger than ${MAX_REPLY_BYTES / 1_024} KiB`);
  }
  if (rest !== "none") return { ...failedReply(reply, rest.error), retryable: rest.retryable };
  const read = readReply(reply.body);
  return read.kind === "success"
    ? { kind: "succeeded", retval: read.retval, status }
    : failedReply(reply, read.error);
}

function invalid(reply: Reply, message: string): FailedTry {
  return failedReply(reply, { type: "InvalidResponse", message });
}
