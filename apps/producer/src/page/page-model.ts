import type { BatchView } from "@taskpulse/contract";
import { callApi } from "./api.ts";
import { BatchFeed } from "./batch-feed.ts";
import { LISTED_BATCHES, type PageStart } from "./load-page.ts";
import { type Outcome, OutcomeList, type OutcomeListView } from "./outcome-list.ts";
import { isDelivered } from "./outcome-words.ts";
import { Pace } from "./pace.ts";

/** Whether what is shown of the batch is current. */
export type Connection =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "reconnecting"; since: number }
  /** The producer is there, and can't read its store. */
  | { kind: "away"; since: number }
  /** The producer no longer knows this reader. */
  | { kind: "signed-out" }
  /** The batch has ended and everything of it is here. */
  | { kind: "complete" };

/** What the page shows; a new object at most once per animation frame, in a flood ten times a second. */
export interface PageView {
  batch: BatchView | null;
  /** Null when the list could not be read. */
  batches: readonly BatchView[];
  lines: OutcomeListView;
  connection: Connection;
  /** The last failure, until tasks are delivered again. */
  trouble: Outcome | null;
}

const LOOK_EVERY_MS = 5_000;
const LOOK_EVERY_WHILE_AWAY_MS = 1_000;
/** Failures closer together than this are one trouble, whatever is delivered in between. */
const TROUBLE_HOLDS_MS = 1_500;
/** More outcomes than this between two drawings are a flood: nobody reads it line by line. */
const FLOOD = 30;
const FLOOD_DRAWS_EVERY_MS = 100;

/** Owns everything live on the page: the shown batch's events and the list of batches. */
export class PageModel {
  readonly pace = new Pace();
  readonly #lines = new OutcomeList();
  #batch: BatchView | null;
  #batches: readonly BatchView[];
  #connection: Connection = { kind: "connecting" };
  #trouble: Outcome | null = null;
  #troubleAt = 0;
  #awaySince: number | null;
  #signedOut = false;
  /** Asked for by the page's address, and not read yet as the store is away. */
  #missed: string | null;
  /** The reader chose this batch: a newer one does not take its place. */
  #pinned: boolean;
  /** What the server rendered of the batch; null once something newer was asked for. */
  #rendered: PageStart["lines"];
  #feed: BatchFeed | null = null;
  #view: PageView;
  #frame = 0;
  #draws: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;
  #sinceDrawn = 0;
  #flood = false;
  #started = false;
  #looking = false;
  #lookedAt = 0;
  readonly #listeners = new Set<() => void>();

  constructor({ batch, batches, lines, away, pinned, missed, at }: PageStart) {
    this.#batch = batch;
    this.#rendered = lines;
    for (const outcome of lines?.outcomes ?? []) this.#lines.add(outcome);
    this.#trouble = troubleIn(lines?.outcomes.at(-1));
    if (batch !== null && hasEnded(batch) && lines !== null)
      this.#connection = { kind: "complete" };
    this.#batches = batches;
    this.#awaySince = away ? at : null;
    this.#missed = missed;
    this.#pinned = pinned;
    this.#view = this.#compose();
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
    if (this.#rendered === null) this.#follow();
    else if (this.#connection.kind !== "complete") this.#listen(this.#rendered.lastEventId);
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
      clearTimeout(this.#draws);
      this.#draws = undefined;
      cancelAnimationFrame(this.#frame);
      this.#frame = 0;
      this.#feed?.[Symbol.dispose]();
      this.#feed = null;
    };
  }

  /** Shows a batch that was just made here. */
  show(batch: BatchView): void {
    this.#pinned = false;
    this.#batch = batch;
    this.#batches = [batch, ...this.#batches].slice(0, LISTED_BATCHES);
    this.#awaySince = null;
    this.#follow();
  }

  /** Takes what a command answered; follows the batch again if it had ended. */
  update(batch: BatchView): void {
    const ended = this.#connection.kind === "complete";
    this.#batch = batch;
    if (ended && !hasEnded(batch)) this.#follow();
    else this.#publish();
  }

  readonly tryNow = (): void => {
    this.#feed?.tryNow();
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
    if (!list.ok) {
      if (list.status === 503) this.#awaySince ??= Date.now();
      // Nothing answers at all: the batch's feed tells of that.
      else if (this.#batch !== null) this.#awaySince = null;
      this.#publish();
      return;
    }
    this.#awaySince = null;
    if (this.#signedOut) {
      this.#signedOut = false;
      this.#follow();
    }
    if (missed !== null) {
      this.#batch = missed;
      this.#pinned = true;
      this.#follow();
    }
    this.#feed?.tryNow();
    this.#batches = list.value.batches;
    const [newest] = this.#batches;
    const shown = this.#batches.find(({ batchid }) => batchid === this.#batch?.batchid);
    const free = this.#batch === null || (this.#connection.kind === "complete" && !this.#pinned);
    if (free && newest !== undefined && newest.batchid !== this.#batch?.batchid) {
      this.#batch = newest;
      this.#follow();
    } else if (shown !== undefined && this.#connection.kind === "complete") {
      this.update(shown);
    } else {
      this.#publish();
    }
  }

  /** The reader is signed out; looks on, as they may sign in in another tab. */
  leave(): void {
    this.#signedOut = true;
    this.#feed?.[Symbol.dispose]();
    this.#feed = null;
    this.pace.reset();
    this.#publish();
  }

  /** The batch that the address names, now that the store is back; null when there is none. */
  async #readMissed(batchid: string): Promise<BatchView | null> {
    const one = await callApi<BatchView>(`/api/batches/${encodeURIComponent(batchid)}`);
    if (one.ok || one.status === 404) this.#missed = null;
    return one.ok ? one.value : null;
  }

  /** Shows the batch afresh, from its newest events on. */
  #follow(): void {
    if (!this.#started) return;
    this.#rendered = null;
    this.#lines.clear();
    this.#trouble = null;
    this.#connection = { kind: "connecting" };
    this.#listen("");
  }

  #listen(after: string): void {
    this.#feed?.[Symbol.dispose]();
    this.#feed = null;
    this.pace.reset();
    const batch = this.#batch;
    if (batch !== null) {
      this.#count(batch);
      this.#feed = new BatchFeed(batch.batchid, after, {
        task: (outcome) => this.#arrived(outcome),
        attempt: (outcome) => this.#arrived(outcome),
        totals: (totals) => {
          this.#batch = totals;
          this.#count(totals);
          this.#publish();
        },
        store: (reach) => {
          this.#awaySince = reach === "away" ? (this.#awaySince ?? Date.now()) : null;
          this.pace.reset();
          this.#publish();
        },
        done: () => {
          this.#connection = { kind: "complete" };
          this.#publish();
          void this.refresh();
        },
        opened: () => {
          this.#connection = { kind: "live" };
          this.#publish();
        },
        lost: () => {
          if (this.#connection.kind === "reconnecting") return;
          this.#connection = { kind: "reconnecting", since: Date.now() };
          this.pace.reset();
          this.#publish();
          // An event stream does not tell why it was refused.
          void this.refresh();
        },
      });
    }
    this.#publish();
  }

  #arrived(outcome: Outcome): void {
    this.#lines.add(outcome);
    this.#sinceDrawn += 1;
    const trouble = troubleIn(outcome);
    const now = Date.now();
    if (trouble !== null || now - this.#troubleAt > TROUBLE_HOLDS_MS) this.#trouble = trouble;
    if (trouble !== null) this.#troubleAt = now;
    this.#publish();
  }

  #count({ delivered, failed }: BatchView): void {
    this.pace.add(delivered + failed, Date.now());
  }

  #publish(): void {
    if (this.#frame !== 0 || this.#draws !== undefined || !this.#started) return;
    const wait = this.#flood ? this.#drawnAt + FLOOD_DRAWS_EVERY_MS - performance.now() : 0;
    if (wait > 0) this.#draws = setTimeout(() => this.#draw(), wait);
    else this.#draw();
  }

  #draw(): void {
    this.#draws = undefined;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawnAt = performance.now();
      this.#flood = this.#sinceDrawn > FLOOD;
      this.#sinceDrawn = 0;
      this.#view = this.#compose();
      for (const listener of this.#listeners) listener();
    });
  }

  #compose(): PageView {
    return {
      batch: this.#batch,
      batches: this.#batches,
      lines: this.#lines.view,
      connection: this.#shownConnection(),
      trouble: this.#trouble,
    };
  }

  #shownConnection(): Connection {
    if (this.#signedOut) return { kind: "signed-out" };
    return this.#awaySince === null ? this.#connection : { kind: "away", since: this.#awaySince };
  }
}

function troubleIn(newest: Outcome | undefined): Outcome | null {
  return newest === undefined || isDelivered(newest) ? null : newest;
}

export function hasEnded({ state }: BatchView): boolean {
  return state === "done" || state === "cancelled";
}
