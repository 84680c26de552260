import { STATUS_CODES } from "node:http";
import { signWebhook, type WebhookSecret } from "@taskpulse/webhook";
import { type Dispatcher, Pool } from "undici";
import { readRetryAfter } from "./backoff.ts";

/** How one try ended. `ms` is its duration, `reason` is shown to people. */
export type SendResult =
  | { kind: "delivered"; status: number; ms: number }
  /** Nothing answered (`status` null), or not with 2xx: even a 404 may be repaired meanwhile. */
  | {
      kind: "failed";
      status: number | null;
      ms: number;
      reason: string;
      retryAfterMs: number | null;
    }
  /** Not wanted any more when its turn came; nothing was sent. */
  | { kind: "withdrawn" };

/** One message; its id is the same for every try to deliver it. */
export interface WebhookMessage {
  id: string;
  body: string;
}

export interface WebhookSenderOptions {
  url: string;
  /** The secret that signs now: asked for every try. */
  secret: () => WebhookSecret;
  /** For the whole try: connecting, sending, waiting, reading the answer. */
  timeoutMs?: number;
  /** How many tries are under way at most, each on a connection of its own; further ones wait. */
  connections?: number;
}

const MAX_CONNECTIONS = 2_048;
const MAX_ANSWER_BYTES = 65_536;
const MAX_REASON_BYTES = 4_096;

/**
 * Posts signed messages to one address over kept-alive connections. It never rejects: every failure is a
 * `SendResult`. A try begins, and its time limit with it, when there is a connection for it; until
 * then it waits in line. One timer guards all tries, as they all have the same time limit and so
 * expire in the order in which they began.
 */
export class WebhookSender implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #secret: () => WebhookSecret;
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #connections: number;
  /** In order of their beginning, so the first expires first. */
  readonly #open = new Set<Exchange>();
  readonly #line: WaitingTry[] = [];
  #beginning = false;
  #guard: NodeJS.Timeout | null = null;

  constructor(options: WebhookSenderOptions) {
    const { url, secret, timeoutMs = 1_000, connections = MAX_CONNECTIONS } = options;
    this.#secret = secret;
    const { origin, pathname, search } = new URL(url);
    this.#path = pathname + search;
    this.#timeoutMs = timeoutMs;
    this.#connections = connections;
    // As many connections as there are tries: one that is being closed keeps no try waiting.
    this.#pool = new Pool(origin, {
      pipelining: 1,
      connect: { timeout: timeoutMs },
      // The guard below is exact and covers the whole try.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Tries that are under way. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Tries that wait for a connection. */
  get waiting(): number {
    return this.#line.length;
  }

  /** @param isWanted asked when its turn has come: whether it is still to be sent */
  send(message: WebhookMessage, isWanted: () => boolean = () => true): Promise<SendResult> {
    return new Promise((resolve) => {
      this.#line.push({ message, isWanted, resolve });
      this.#beginNext();
    });
  }

  #beginNext(): void {
    // A try that ends while it begins comes here again.
    if (this.#beginning) return;
    this.#beginning = true;
    while (this.#open.size < this.#connections) {
      const next = this.#line.shift();
      if (next === undefined) break;
      if (next.isWanted()) this.#begin(next);
      else next.resolve({ kind: "withdrawn" });
    }
    this.#beginning = false;
  }

  #begin({ message, resolve }: WaitingTry): void {
    const exchange = new Exchange((result) => {
      this.#open.delete(exchange);
      resolve(result);
      this.#beginNext();
    });
    this.#open.add(exchange);
    this.#guard ??= setTimeout(this.#expire, this.#timeoutMs);
    try {
      const { id, body } = message;
      const signed = signWebhook({ id, body, nowMs: Date.now(), secret: this.#secret() });
      const headers = { "content-type": "application/json", ...signed };
      this.#pool.dispatch({ path: this.#path, method: "POST", headers, body }, exchange);
    } catch (error) {
      exchange.fail(error);
    }
  }

  readonly #expire = (): void => {
    this.#guard = null;
    const now = performance.now();
    for (const exchange of this.#open) {
      const leftMs = exchange.startedAt + this.#timeoutMs - now;
      if (leftMs > 0.5) {
        this.#guard = setTimeout(this.#expire, leftMs);
        return;
      }
      exchange.fail(new Error(`no answer within ${this.#timeoutMs / 1_000} s`));
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
    if (this.#guard !== null) clearTimeout(this.#guard);
  }
}

type TryResult = Exclude<SendResult, { kind: "withdrawn" }>;

interface WaitingTry {
  message: WebhookMessage;
  isWanted: () => boolean;
  resolve: (result: SendResult) => void;
}

class Exchange implements Dispatcher.DispatchHandler {
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
