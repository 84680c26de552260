import type { BatchView } from "@taskpulse/contract";
import { callApi } from "./api.ts";
import { DrawPace } from "./draw-pace.ts";
import { FollowedBatch, type FollowState } from "./followed-batch.ts";
import { LISTED_BATCHES, type PageStart } from "./load-page.ts";
import type { Outcome, OutcomeListView } from "./outcome-list.ts";
import type { Pace } from "./pace.ts";

/** Whether what is shown of the batch is current. */
export type Connection =
  | FollowState
  /** The producer is there, and can't read its store. */
  | { kind: "away"; since: number }
  /** The producer no longer knows this reader. */
  | { kind: "signed-out" };

/** What the page shows; a new object whenever it is drawn. */
export interface PageView {
  batch: BatchView | null;
  /** Newest first. */
  batches: readonly BatchView[];
  lines: OutcomeListView;
  connection: Connection;
  /** The last failure, until tasks are delivered again. */
  trouble: Outcome | null;
}

const LOOK_EVERY_MS = 5_000;
const LOOK_EVERY_WHILE_AWAY_MS = 1_000;

/** Owns everything live on the page: which batch is shown, the list of batches, and who may see it. */
export class PageModel {
  readonly #followed: FollowedBatch;
  readonly #drawing = new DrawPace(() => this.#draw());
  #batches: readonly BatchView[];
  #awaySince: number | null;
  #signedOut = false;
  /** Asked for by the page's address, and not read yet as the store is away. */
  #missed: string | null;
  /** The reader chose this batch: a newer one does not take its place. */
  #pinned: boolean;
  #view: PageView;
  #started = false;
  #looking = false;
  #lookedAt = 0;
  readonly #listeners = new Set<() => void>();

  constructor({ batch, batches, lines, away, pinned, missed, at }: PageStart) {
    this.#followed = new FollowedBatch(
      { batch, lines },
      {
        changed: () => this.#publish(),
        arrived: () => this.#drawing.count(),
        store: (reach) => {
          this.#awaySince = reach === "away" ? (this.#awaySince ?? Date.now()) : null;
          this.#publish();
        },
        done: () => void this.refresh(),
        lost: () => void this.refresh(),
      },
    );
    this.#batches = batches;
    this.#awaySince = away ? at : null;
    this.#missed = missed;
    this.#pinned = pinned;
    this.#view = this.#compose();
  }

  get pace(): Pace {
    return this.#followed.pace;
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getView = (): PageView => this.#view;

  /** Goes live; the returned function stops and closes everything. */
  start(): () => void {
    this.#started = true;
    this.#followed.start();
    const ends = new AbortController();
    const look = () => {
      if (document.visibilityState === "visible") void this.refresh();
    };
    const timer = setInterval(() => {
      const away = this.#awaySince !== null;
      if (away || Date.now() - this.#lookedAt >= LOOK_EVERY_MS) look();
    }, LOOK_EVERY_WHILE_AWAY_MS);
    document.addEventListener("visibilitychange", look, { signal: ends.signal });
    return () => {
      this.#started = false;
      ends.abort();
      clearInterval(timer);
      this.#drawing.stop();
      this.#followed[Symbol.dispose]();
    };
  }

  /** Shows a batch that was just made here. */
  show(batch: BatchView): void {
    this.#pinned = false;
    this.#batches = [batch, ...this.#batches].slice(0, LISTED_BATCHES);
    this.#awaySince = null;
    this.#followed.follow(batch);
  }

  /** Takes what a command answered. */
  update(batch: BatchView): void {
    this.#followed.update(batch);
  }

  readonly tryNow = (): void => {
    this.#followed.tryNow();
    void this.refresh();
  };

  /** Other tabs and programs make batches too. */
  async refresh(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const list = await callApi<{ batches: BatchView[] }>(`/api/batches?limit=${LISTED_BATCHES}`);
    const missed = list.ok && this.#missed !== null ? await this.#readMissed(this.#missed) : null;
    this.#looking = false;
    this.#lookedAt = Date.now();
    if (!this.#started) return;
    if (!list.ok && list.status === 401) {
      this.leave();
      return;
    }
    const followed = this.#followed;
    if (!list.ok) {
      if (list.status === 503) this.#awaySince ??= Date.now();
      // Nothing answers at all: the batch's feed tells of that.
      else if (followed.batch !== null) this.#awaySince = null;
      this.#publish();
      return;
    }
    this.#awaySince = null;
    if (this.#signedOut) {
      this.#signedOut = false;
      followed.follow(followed.batch);
    }
    if (missed !== null) {
      this.#pinned = true;
      followed.follow(missed);
    }
    followed.tryNow();
    this.#batches = list.value.batches;
    const [newest] = this.#batches;
    const complete = followed.state.kind === "complete";
    const shown = this.#batches.find(({ batchid }) => batchid === followed.batch?.batchid);
    const free = followed.batch === null || (complete && !this.#pinned);
    if (free && newest !== undefined && newest.batchid !== followed.batch?.batchid) {
      followed.follow(newest);
    } else if (shown !== undefined && complete) {
      followed.update(shown);
    } else {
      this.#publish();
    }
  }

  /** The reader is signed out; looks on, as they may sign in in another tab. */
  leave(): void {
    this.#signedOut = true;
    this.#followed.letGo();
    this.#publish();
  }

  /** The batch that the address names, now that the store is back; null when there is none. */
  async #readMissed(batchid: string): Promise<BatchView | null> {
    const one = await callApi<BatchView>(`/api/batches/${encodeURIComponent(batchid)}`);
    if (one.ok || one.status === 404) this.#missed = null;
    return one.ok ? one.value : null;
  }

  #publish(): void {
    if (this.#started) this.#drawing.request();
  }

  #draw(): void {
    this.#view = this.#compose();
    for (const listener of this.#listeners) listener();
  }

  #compose(): PageView {
    const { batch, lines, trouble } = this.#followed;
    return { batch, batches: this.#batches, lines, connection: this.#connection(), trouble };
  }

  #connection(): Connection {
    if (this.#signedOut) return { kind: "signed-out" };
    const since = this.#awaySince;
    return since === null ? this.#followed.state : { kind: "away", since };
  }
}
