import { signWebhook, type WebhookSecret } from "@taskpulse/webhook";
import { Pool } from "undici";
import { type TryResult, WebhookTry } from "./webhook-try.ts";

/** How one try ended; `withdrawn`: not wanted any more when its turn came, so nothing was sent. */
export type SendResult = TryResult | { kind: "withdrawn" };

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
  readonly #open = new Set<WebhookTry>();
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
    const attempt = new WebhookTry((result) => {
      this.#open.delete(attempt);
      resolve(result);
      this.#beginNext();
    });
    this.#open.add(attempt);
    this.#guard ??= setTimeout(this.#expire, this.#timeoutMs);
    try {
      const { id, body } = message;
      const signed = signWebhook({ id, body, nowMs: Date.now(), secret: this.#secret() });
      const headers = { "content-type": "application/json", ...signed };
      this.#pool.dispatch({ path: this.#path, method: "POST", headers, body }, attempt);
    } catch (error) {
      attempt.fail(error);
    }
  }

  readonly #expire = (): void => {
    this.#guard = null;
    const now = performance.now();
    for (const attempt of this.#open) {
      const leftMs = attempt.startedAt + this.#timeoutMs - now;
      if (leftMs > 0.5) {
        this.#guard = setTimeout(this.#expire, leftMs);
        return;
      }
      attempt.fail(new Error(`no answer within ${this.#timeoutMs / 1_000} s`));
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
    if (this.#guard !== null) clearTimeout(this.#guard);
  }
}

interface WaitingTry {
  message: WebhookMessage;
  isWanted: () => boolean;
  resolve: (result: SendResult) => void;
}
