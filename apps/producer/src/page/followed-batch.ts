import type { BatchView, StoreReach } from "@taskpulse/contract";
import { BatchFeed } from "./batch-feed.ts";
import type { PageStart } from "./load-page.ts";
import { type Outcome, OutcomeList, type OutcomeListView } from "./outcome-list.ts";
import { isDelivered } from "./outcome-words.ts";
import { Pace } from "./pace.ts";

/** connecting → live → reconnecting → live; any → complete; following afresh → connecting. */
export type FollowState =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "reconnecting"; since: number }
  /** The batch has ended and everything of it is here. */
  | { kind: "complete" };

export interface FollowedBatchHandlers {
  /** There is something else to show. */
  changed: () => void;
  /** A line came; `changed` follows. */
  arrived: () => void;
  store: (reach: StoreReach) => void;
  done: () => void;
  /** The stream ended, or was refused; it does not tell why. */
  lost: () => void;
}

/** Failures closer together than this are one trouble, whatever is delivered in between. */
const TROUBLE_HOLDS_MS = 1_500;

/** The batch that the page shows, and all that its event stream tells of it. */
export class FollowedBatch implements Disposable {
  readonly pace = new Pace();
  readonly #handlers: FollowedBatchHandlers;
  readonly #lines = new OutcomeList();
  #batch: BatchView | null;
  #state: FollowState = { kind: "connecting" };
  #trouble: Outcome | null;
  #troubleAt = 0;
  /** What the server rendered of the batch; null once something newer was asked for. */
  #rendered: PageStart["lines"];
  #feed: BatchFeed | null = null;
  #started = false;

  constructor(
    { batch, lines }: Pick<PageStart, "batch" | "lines">,
    handlers: FollowedBatchHandlers,
  ) {
    this.#handlers = handlers;
    this.#batch = batch;
    this.#rendered = lines;
    for (const outcome of lines?.outcomes ?? []) this.#lines.add(outcome);
    this.#trouble = troubleIn(lines?.outcomes.at(-1));
    if (batch !== null && hasEnded(batch) && lines !== null) this.#state = { kind: "complete" };
  }

  get batch(): BatchView | null {
    return this.#batch;
  }

  get state(): FollowState {
    return this.#state;
  }

  get lines(): OutcomeListView {
    return this.#lines.view;
  }

  /** The last failure, until tasks are delivered again. */
  get trouble(): Outcome | null {
    return this.#trouble;
  }

  /** Goes live, on from what the server rendered; ends with `Symbol.dispose`. */
  start(): void {
    this.#started = true;
    if (this.#rendered === null) this.follow(this.#batch);
    else if (this.#state.kind !== "complete") this.#listen(this.#rendered.lastEventId);
  }

  /** Shows this batch afresh, from its newest events on. */
  follow(batch: BatchView | null): void {
    this.#batch = batch;
    if (!this.#started) return;
    this.#rendered = null;
    this.#lines.clear();
    this.#trouble = null;
    this.#state = { kind: "connecting" };
    this.#listen("");
  }

  /** Takes newer totals of the same batch; follows it again if it had ended and goes on. */
  update(batch: BatchView): void {
    if (this.#state.kind === "complete" && !hasEnded(batch)) {
      this.follow(batch);
    } else {
      this.#batch = batch;
      this.#handlers.changed();
    }
  }

  tryNow(): void {
    this.#feed?.tryNow();
  }

  /** Hears nothing more of it until it is followed again. */
  letGo(): void {
    this.#feed?.[Symbol.dispose]();
    this.#feed = null;
    this.pace.reset();
  }

  [Symbol.dispose](): void {
    this.#started = false;
    this.#feed?.[Symbol.dispose]();
    this.#feed = null;
  }

  #listen(after: string): void {
    this.letGo();
    if (this.#batch !== null) {
      this.#count(this.#batch);
      this.#feed = new BatchFeed(this.#batch.batchid, after, {
        task: (outcome) => this.#arrived(outcome),
        attempt: (outcome) => this.#arrived(outcome),
        totals: (totals) => {
          this.#batch = totals;
          this.#count(totals);
          this.#handlers.changed();
        },
        store: (reach) => {
          this.pace.reset();
          this.#handlers.store(reach);
        },
        done: () => {
          this.#become({ kind: "complete" });
          this.#handlers.done();
        },
        opened: () => this.#become({ kind: "live" }),
        lost: () => {
          if (this.#state.kind === "reconnecting") return;
          this.pace.reset();
          this.#become({ kind: "reconnecting", since: Date.now() });
          this.#handlers.lost();
        },
      });
    }
    this.#handlers.changed();
  }

  #become(state: FollowState): void {
    this.#state = state;
    this.#handlers.changed();
  }

  #arrived(outcome: Outcome): void {
    this.#lines.add(outcome);
    const trouble = troubleIn(outcome);
    const now = Date.now();
    if (trouble !== null || now - this.#troubleAt > TROUBLE_HOLDS_MS) this.#trouble = trouble;
    if (trouble !== null) this.#troubleAt = now;
    this.#handlers.arrived();
    this.#handlers.changed();
  }

  #count({ delivered, failed }: BatchView): void {
    this.pace.add(delivered + failed, Date.now());
  }
}

function troubleIn(newest: Outcome | undefined): Outcome | null {
  return newest === undefined || isDelivered(newest) ? null : newest;
}

export function hasEnded({ state }: BatchView): boolean {
  return state === "done" || state === "cancelled";
}
