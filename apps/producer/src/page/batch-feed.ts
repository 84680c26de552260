import type {
  AttemptOutcome,
  BatchDone,
  BatchView,
  StoreReach,
  TaskOutcome,
} from "@taskpulse/contract";

const TAIL = 200;
const AGAIN_MS = 1_500;

export interface BatchFeedHandlers {
  task: (outcome: TaskOutcome) => void;
  attempt: (outcome: AttemptOutcome) => void;
  totals: (batch: BatchView) => void;
  done: (end: BatchDone) => void;
  store: (reach: StoreReach) => void;
  opened: () => void;
  lost: () => void;
}

/**
 * The event stream of one batch, from what is known or its last 200 events on. It resumes after the last event it
 * has seen, whatever broke in between, and lets go of the connection while the page is hidden:
 * browsers allow six per server over all tabs.
 */
export class BatchFeed implements Disposable {
  readonly #batchid: string;
  readonly #handlers: BatchFeedHandlers;
  readonly #ends = new AbortController();
  #source: EventSource | null = null;
  #lastEventId: string;
  #again: ReturnType<typeof setTimeout> | null = null;
  #done = false;

  /** @param after the id of the last event that is known already; empty when none is */
  constructor(batchid: string, after: string, handlers: BatchFeedHandlers) {
    this.#batchid = batchid;
    this.#lastEventId = after;
    this.#handlers = handlers;
    const { signal } = this.#ends;
    document.addEventListener("visibilitychange", this.#followVisibility, { signal });
    addEventListener("online", this.tryNow, { signal });
    this.#followVisibility();
  }

  readonly tryNow = (): void => {
    if (this.#done || document.visibilityState === "hidden") return;
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.#close();
    this.#open();
  };

  [Symbol.dispose](): void {
    this.#ends.abort();
    this.#close();
  }

  readonly #followVisibility = (): void => {
    if (document.visibilityState === "hidden") this.#close();
    else if (this.#source === null && !this.#done) this.#open();
  };

  #open(): void {
    const begin =
      this.#lastEventId === "" ? `tail=${TAIL}` : `after=${encodeURIComponent(this.#lastEventId)}`;
    const source = new EventSource(
      `/api/batches/${encodeURIComponent(this.#batchid)}/events?totals=1&${begin}`,
    );
    this.#source = source;
    source.addEventListener("open", () => this.#handlers.opened());
    source.addEventListener("error", () => {
      this.#handlers.lost();
      // The browser tries again by itself, unless it was refused: the store is away, say.
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      this.#close();
      this.#again = setTimeout(() => this.#open(), AGAIN_MS);
    });
    this.#on(source, "task", this.#handlers.task);
    this.#on(source, "attempt", this.#handlers.attempt);
    this.#on(source, "batch", this.#handlers.totals);
    this.#on(source, "store", ({ state }: { state: StoreReach }) => this.#handlers.store(state));
    this.#on(source, "done", (end: BatchDone) => {
      // Else the browser would come back for more.
      this.#done = true;
      this.#close();
      this.#handlers.done(end);
    });
  }

  #on<Data>(source: EventSource, event: string, handle: (data: Data) => void): void {
    source.addEventListener(event, ({ data, lastEventId }: MessageEvent<string>) => {
      if (this.#source !== source) return;
      // Totals have no id, nor does what the stream says before its first event.
      if (lastEventId !== "") this.#lastEventId = lastEventId;
      handle(JSON.parse(data) as Data);
    });
  }

  #close(): void {
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = null;
    this.#source?.close();
    this.#source = null;
  }
}
