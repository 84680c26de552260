import { STATUS_CODES } from "node:http";
import { clampRetryAfter, readRetryAfter } from "../retry-after.ts";
import type { Reply } from "./exchange.ts";
import type { FailedTry } from "./outcome.ts";
import { textOfReply } from "./reply-text.ts";

const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const MAY_SAY_WHEN: ReadonlySet<number> = new Set([429, 503]);

/**
 * What a status means that is no success: a redirect is not followed, whatever it is for, and all
 * others are errors. Null for 2xx.
 */
export function judgeStatus(reply: Reply, nowMs: number): FailedTry | null {
  const { status } = reply;
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    const message = `the endpoint answered with a redirect (HTTP ${status}), which is not followed`;
    return failedReply(reply, { type: "RedirectRefused", message });
  }
  const words = STATUS_CODES[status];
  const message = `HTTP ${status}${words === undefined ? "" : ` ${words}`}`;
  const failed = failedReply(reply, { type: "HttpError", message, status });
  failed.retryable = RETRYABLE.has(status);
  if (MAY_SAY_WHEN.has(status)) {
    const retryAfterMs = readRetryAfter(one(reply.headers["retry-after"]), nowMs);
    if (retryAfterMs !== null) failed.retryAfterMs = clampRetryAfter(retryAfterMs);
  }
  return failed;
}

/** A reply that came and is no good; sending again would bring the same. */
export function failedReply(reply: Reply, error: FailedTry["error"]): FailedTry {
  const failed: FailedTry = { kind: "failed", error, retryable: false, status: reply.status };
  const text = textOfReply(reply);
  if (text !== "") failed.reply = text;
  return failed;
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
