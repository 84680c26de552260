import { onStopSignal } from "../early/stop-signals.mjs";

/**
 * Every way to be asked to stop: a signal, or the end of the process that started us. The first
 * request aborts `signal`; a later signal aborts `atOnce`.
 */
export class StopRequests implements Disposable {
  readonly #first = new AbortController();
  readonly #again = new AbortController();
  readonly #unlisten: () => void;
  readonly #onDisconnect = () => this.#first.abort();

  constructor() {
    this.#unlisten = onStopSignal(() => {
      if (this.#first.signal.aborted) this.#again.abort();
      this.#first.abort();
    });
    process.on("disconnect", this.#onDisconnect);
  }

  get signal(): AbortSignal {
    return this.#first.signal;
  }

  get atOnce(): AbortSignal {
    return this.#again.signal;
  }

  [Symbol.dispose](): void {
    this.#unlisten();
    process.off("disconnect", this.#onDisconnect);
  }
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
