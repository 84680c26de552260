import { judgeStatus, type Outgoing, sendRequest } from "@taskpulse/webhook";
import { CallFailed } from "./failures.ts";

export interface HandlerCall {
  /** http:// or https:// */
  url: string;
  /** Default: POST with a body, otherwise GET. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Over everything; default 30,000. */
  timeoutMs?: number;
}

/** An answer with a status of 2xx. */
export interface HandlerReply {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning, at most 16 KiB; see `isWhole`. */
  text: string;
  /** Whether `text` is all of it. */
  isWhole: boolean;
}

const TIMEOUT_MS = 30_000;

/** @throws CallFailed unless the answer is 2xx; the reason of `signal` once that is aborted */
export async function callFor(
  outgoing: Outgoing,
  { url, method, headers, body, timeoutMs = TIMEOUT_MS }: HandlerCall,
  signal: AbortSignal,
): Promise<HandlerReply> {
  const reply = await sendRequest(outgoing, {
    ...{ url, headers, timeoutMs, signal },
    method: method ?? (body === undefined ? "GET" : "POST"),
    body:
      body === undefined
        ? undefined
        : { type: "application/json", content: JSON.stringify(body) ?? "null" },
  });
  switch (reply.kind) {
    case "aborted":
      signal.throwIfAborted();
      throw new Error("the worker stops");
    case "failed":
      throw new CallFailed(reply);
    case "replied": {
      const failed = judgeStatus(reply, outgoing.now());
      if (failed !== null) throw new CallFailed(failed);
      const { status, headers, body, rest } = reply;
      return { status, headers, text: body.toString("utf8"), isWhole: rest === "none" };
    }
    default:
      return reply satisfies never;
  }
}
