import { STATUS_CODES } from "node:http";
import { readRetryAfter } from "@taskpulse/webhook";
import type { Dispatcher } from "undici";

const MAX_ANSWER_BYTES = 65_536;
const MAX_REASON_BYTES = 4_096;

/** How one try ended. `ms` is its duration, `reason` is shown to people. */
export type TryResult =
  | { kind: "delivered"; status: number; ms: number }
  /** Nothing answered (`status` null), or not with 2xx: even a 404 may be repaired meanwhile. */
  | {
      kind: "failed";
      status: number | null;
      ms: number;
      reason: string;
      retryAfterMs: number | null;
    };

/** One request on its way and what came back; settles once, whatever happens to its connection. */
export class WebhookTry implements Dispatcher.DispatchHandler {
  readonly startedAt = performance.now();
  readonly #settle: (result: TryResult) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status: number | null = null;
  #retryAfter: string | undefined;
  #received = 0;
  #text = "";

  constructor(settle: (result: TryResult) => void) {
    this.#settle = settle;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It expired while its connection was made: what nobody waits for is not sent.
    if (this.#settled) controller.abort(new Error("given up"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const retryAfter = headers["retry-after"];
    this.#retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length;
    if (!isSuccess(this.#status) && this.#text.length < MAX_REASON_BYTES) {
      this.#text += chunk.toString("utf8");
    }
    if (this.#received <= MAX_ANSWER_BYTES) return;
    this.#answered();
    controller.abort(new Error("the answer is too long"));
  }

  onResponseEnd(): void {
    this.#answered();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Ends the try as not answered; nothing happens when it has ended already. */
  fail(error: unknown): void {
    if (this.#settled) return;
    this.#end({ kind: "failed", status: null, ms: 0, reason: sentence(error), retryAfterMs: null });
    this.#controller?.abort(new Error("given up"));
  }

  #answered(): void {
    const status = this.#status;
    if (this.#settled || status === null) return;
    this.#end(this.#judge(status));
  }

  #judge(status: number): TryResult {
    const ms = 0;
    if (isSuccess(status)) return { kind: "delivered", status, ms };
    const reason = readReason(this.#text) ?? STATUS_CODES[status] ?? "an unknown status";
    const retryAfterMs = readRetryAfter(this.#retryAfter, Date.now());
    return { kind: "failed", status, ms, reason, retryAfterMs };
  }

  #end(result: TryResult): void {
    this.#settled = true;
    this.#settle({ ...result, ms: Math.round(performance.now() - this.startedAt) });
  }
}

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Our own error bodies, and many others, say why in `reason`. */
function readReason(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("reason" in body)) return null;
    return typeof body.reason === "string" ? body.reason : null;
  } catch {
    return null;
  }
}

const SENTENCES: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection closed before an answer",
  EPIPE: "connection closed before an answer",
  UND_ERR_SOCKET: "connection closed before an answer",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name could not be looked up",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_DESTROYED: "stopped before an answer",
  UND_ERR_CLOSED: "stopped before an answer",
};

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tries IPv6 and IPv4 and reports both failures in one error.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = inner instanceof Error && "code" in inner ? String(inner.code) : "";
  return SENTENCES[code] ?? error.message;
}
