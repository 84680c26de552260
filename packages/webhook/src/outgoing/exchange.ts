import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { CappedBody } from "./capped-body.ts";
import type { AbortedTry, TransportFailure } from "./outcome.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Target } from "./target.ts";
import { type Progress, timedOut, transportFailure } from "./transport-failure.ts";

export interface ExchangeRequest {
  target: Target;
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
  /** Over everything: resolving, connecting, sending, waiting, reading. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** How much of the body is wanted, in bytes, once the status is known. */
  bodyLimit: (status: number) => number;
}

export interface Reply {
  kind: "replied";
  status: number;
  headers: IncomingHttpHeaders;
  /** The beginning, up to the limit. */
  body: Buffer;
  /** `cut`: there is more than the limit. Otherwise what kept the rest from coming. */
  rest: "none" | "cut" | TransportFailure;
}

export type ExchangeResult = Reply | { kind: "failed"; failure: TransportFailure } | AbortedTry;

/** What nobody wants is read so far, because a connection is worth more than these bytes. */
const DRAINED_BYTES = 65_536;

/** Sends one request. Never rejects, and settles within the time limit. */
export function exchange(outgoing: Outgoing, request: ExchangeRequest): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    if (request.signal?.aborted) {
      resolve({ kind: "aborted" });
      return;
    }
    const { target, method, headers, body } = request;
    outgoing.dispatcher.dispatch(
      { origin: target.origin, path: target.path, method, headers, body: asBody(body) },
      new Exchange(request, resolve),
    );
  });
}

function asBody(body: string | Uint8Array | null): string | Buffer | null {
  return body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : body;
}

/** One request on its way. It settles once; the connection may be busy with the rest of a reply after that. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #resolve: (result: ExchangeResult) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #progress: Progress = "connecting";
  #settled = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #body = new CappedBody(0);

  constructor(request: ExchangeRequest, resolve: (result: ExchangeResult) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#timer = setTimeout(this.#expire, request.timeoutMs);
    request.signal?.addEventListener("abort", this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#progress = "sent";
    // It was given up while its connection was made: what nobody waits for is not sent.
    if (this.#settled) controller.abort(new Error("given up"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#progress = "replying";
    this.#status = status;
    this.#headers = headers;
    const limit = this.#request.bodyLimit(status);
    this.#body = new CappedBody(limit);
    if (limit > 0) return;
    this.#replied("none");
    if (Number(headers["content-length"]) > DRAINED_BYTES)
      controller.abort(new Error("not wanted"));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body.add(chunk)) return;
    this.#replied("cut");
    if (this.#body.received > DRAINED_BYTES) controller.abort(new Error("not wanted"));
  }

  onResponseEnd(): void {
    this.#replied("none");
    this.#release();
  }

  /** @param _controller null when the request could not even be taken */
  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    if (isClosing(error)) this.#settle({ kind: "aborted" });
    else this.#fail(transportFailure(error));
    this.#release();
  }

  readonly #expire = (): void => {
    this.#fail(timedOut(this.#progress, this.#request.timeoutMs));
    this.#controller?.abort(new Error("out of time"));
  };

  readonly #abort = (): void => {
    this.#settle({ kind: "aborted" });
    this.#controller?.abort(new Error("aborted"));
  };

  #fail(failure: TransportFailure): void {
    if (this.#progress === "replying") this.#replied(failure);
    else this.#settle({ kind: "failed", failure });
  }

  #replied(rest: Reply["rest"]): void {
    if (this.#settled) return;
    this.#settle({
      kind: "replied",
      status: this.#status,
      headers: this.#headers,
      body: this.#body.bytes(),
      rest,
    });
  }

  #settle(result: ExchangeResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#resolve(result);
  }

  /** The connection is done with it. */
  #release(): void {
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener("abort", this.#abort);
  }
}

function isClosing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED";
}
