import type { ClaimedDelivery, FinishedTry } from "@taskpulse/store";
import { type FailedTry, nextDelayMs } from "@taskpulse/webhook";
import type { CallResult } from "./webhook-caller.ts";

/** How a try ended, other than by being given up. */
export type TryResult =
  | Exclude<CallResult, { kind: "aborted" }>
  /** The caller itself broke, or there is none. */
  | { kind: "broken"; error: { type: "CallerError" | "UnknownCaller"; message: string } };

export interface TryTimes {
  /** When it began, in ms since the epoch. */
  at: number;
  ms: number;
}

const GONE = 410;

/**
 * What follows from a try. Everything is tried again but what can't become better: 410, by which a
 * receiver says that it wants nothing more (Standard Webhooks), and an address that may not be called.
 * Any other answer that is not 2xx may be a deployment, a wrong setting or an overload: it passes.
 *
 * @param random from 0 to 1
 */
export function judgeTry(
  claim: ClaimedDelivery,
  result: TryResult,
  { at, ms }: TryTimes,
  random: number,
): FinishedTry {
  const attempt = { n: claim.total + 1, at, ms };
  if (result.kind === "delivered") {
    const { status, reply } = result;
    return {
      claim,
      attempt: { ...attempt, status, ...(reply === undefined ? {} : { reply }) },
      next: { kind: "delivered" },
      reached: "delivered",
      pauseMs: 0,
    };
  }
  const reply: Partial<FailedTry> = result.kind === "failed" ? result : {};
  const next = nextOf(claim, result, random);
  return {
    claim,
    attempt: {
      ...attempt,
      error: storedError(result),
      ...(reply.status === undefined ? {} : { status: reply.status }),
      ...(reply.reply === undefined ? {} : { reply: reply.reply }),
      ...(next.kind === "retry" ? { retryInMs: next.inMs } : {}),
    },
    next,
    reached: reachOf(result),
    pauseMs: reply.retryAfterMs ?? 0,
  };
}

type Failure = Exclude<TryResult, { kind: "delivered" }>;

function nextOf(claim: ClaimedDelivery, result: Failure, random: number): FinishedTry["next"] {
  const { request, tries } = claim;
  const { message, type } = result.error;
  if (result.kind === "failed" && result.status === GONE) {
    return { kind: "disable", why: "it answered 410 (gone)" };
  }
  if (type === "AddressRefused") return { kind: "failed", why: message };
  if (tries >= request.maxRetries) {
    return { kind: "failed", why: `${message} (try ${tries + 1} of ${request.maxRetries + 1})` };
  }
  const inMs = nextDelayMs({
    intervals: request.retryIntervals,
    attempt: tries + 1,
    random,
    retryAfterMs: result.kind === "failed" ? result.retryAfterMs : undefined,
  });
  return { kind: "retry", inMs };
}

function reachOf(result: Failure): FinishedTry["reached"] {
  if (result.kind === "broken" || result.error.type === "AddressRefused") return "unsent";
  const { type } = result.error;
  const silent = result.status === undefined && (type === "Timeout" || type === "ConnectionFailed");
  return silent ? "silent" : "answered";
}

/** Errors that only the running of tasks has do not come from callers. */
function storedError({ error }: Failure): NonNullable<FinishedTry["attempt"]["error"]> {
  const { type, message } = error;
  switch (type) {
    case "HttpError":
    case "RedirectRefused":
    case "Timeout":
    case "ConnectionFailed":
    case "AddressRefused":
    case "InvalidResponse":
    case "CallerError":
    case "UnknownCaller":
      return { type, message };
    default:
      return { type: "CallerError", message };
  }
}
