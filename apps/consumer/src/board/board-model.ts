import type { Snapshot, Summary, TaskRow, Totals } from "@taskpulse/contract";
import { connectToBoard } from "./board-socket.ts";
import { startFrom } from "./board-state.ts";
import { BoardSync, type SyncChange } from "./board-sync.ts";
import {
  type ConnectionEvent,
  type ConnectionFacts,
  noConnectionYet,
  onConnectionEvent,
  SILENCE_IS_SUSPECT_MS,
} from "./connection-state.ts";
import { feedList } from "./list-feed.ts";
import type { TaskListView } from "./list-view.ts";
import { Places } from "./merge-rows.ts";
import { browserClock } from "./polite-repeat.ts";
import { RateWindow } from "./rate-window.ts";
import { readPage, readRows } from "./read-api.ts";
import { SharedUse } from "./shared-use.ts";
import type { TaskFilter } from "./task-filter.ts";
import { TaskList } from "./task-list.ts";

/** What the server rendered with: the board is right before the first frame, and without any. */
export interface BoardStart {
  /** Null when the store could not be read. */
  summary: Summary | null;
  tasks: readonly TaskRow[];
  before: string | null | undefined;
  filter: TaskFilter;
  /** Why there is no summary. */
  away: string | null;
  /** When the server read all this, in milliseconds. */
  at: number;
}

/** What the page shows; a new object at most once per animation frame. */
export interface BoardView {
  totals: Totals | null;
  facts: ConnectionFacts;
  list: TaskListView;
  /** Tasks that went by too fast to be listed, since the page opened. */
  unlisted: number;
}

const WATCH_EVERY_MS = 1_000;
/** A timer this late means that the machine or the tab was asleep. */
const SLEPT_MS = 4_000;
/** After the store was away, or the server silent: ask again. */
const ASK_AGAIN_MS = 2_000;

/** Owns everything live on the page: the socket, the state, the clock that watches both. */
export class BoardModel {
  readonly list: TaskList;
  readonly rate: RateWindow;
  /** Live while it is used. */
  readonly uses = new SharedUse(() => this.#start());
  #sync: BoardSync;
  #knownPlaces = new Places();
  #facts: ConnectionFacts;
  #unlisted = 0;
  #view: BoardView;
  #listeners = new Set<() => void>();
  #told = new Set<(change: SyncChange) => void>();
  #animationFrame = 0;
  #socket: ReturnType<typeof connectToBoard> | null = null;
  #askedAt = 0;
  /** The connection was lost since the last snapshot; the next one tells what was missed. */
  #interrupted = false;

  constructor(start: BoardStart) {
    const { summary, tasks, before, filter, away, at } = start;
    this.rate = new RateWindow(at);
    this.#facts = noConnectionYet(away, summary === null ? null : at);
    this.list = new TaskList(
      { filter, rows: tasks, before },
      {
        ...{ readPage, readRows, clock: browserClock },
        known: (taskid) => this.#known(taskid),
        changed: () => this.#publish(),
      },
    );
    this.#sync = new BoardSync(summary === null ? null : startFrom(summary, tasks), {
      subscribe: (since) => this.#subscribe(since),
      ...browserClock,
      random: Math.random,
      changed: (change) => this.#synced(change),
    });
    this.#view = this.#compose();
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whatever the board is told of tasks. */
  onTold(listener: (change: SyncChange) => void): () => void {
    this.#told.add(listener);
    return () => this.#told.delete(listener);
  }

  readonly getView = (): BoardView => this.#view;

  #start(): () => void {
    const socket = connectToBoard({
      connected: () => {
        this.#learn({ type: "trying" });
        this.#sync.connected();
      },
      lost: () => {
        this.#interrupted = this.#facts.everHeard;
        this.#sync.disconnected();
        this.#learn({ type: "lost", at: Date.now() });
      },
      signedOut: () => {
        this.#interrupted = this.#facts.everHeard;
        this.#sync.disconnected();
        this.#learn({ type: "signedOut" });
      },
      trying: () => this.#learn({ type: "trying" }),
      retryScheduled: (nextTryAt) => this.#learn({ type: "retryScheduled", nextTryAt }),
      frame: (frame) => this.#sync.frame(frame),
      storeChanged: (reach) => {
        if (reach === "away") {
          this.#interrupted = true;
          this.#learn({ type: "storeAway", reason: "The server can't reach its store." });
        } else {
          this.#learn({ type: "storeBack" });
          this.#sync.resync();
        }
      },
    });
    this.#socket = socket;
    let lastLook = Date.now();
    const look = () => {
      const now = Date.now();
      const slept = now - lastLook > WATCH_EVERY_MS + SLEPT_MS;
      lastLook = now;
      this.#watch(now, slept);
    };
    const wake = () => {
      if (document.visibilityState === "visible") socket.tryNow();
      look();
    };
    const timer = setInterval(look, WATCH_EVERY_MS);
    const ends = new AbortController();
    const { signal } = ends;
    document.addEventListener("visibilitychange", wake, { signal });
    addEventListener("online", wake, { signal });
    addEventListener("pageshow", wake, { signal });
    return () => {
      ends.abort();
      clearInterval(timer);
      cancelAnimationFrame(this.#animationFrame);
      this.#animationFrame = 0;
      this.list.stop();
      this.#sync.disconnected();
      socket.close();
      this.#socket = null;
    };
  }

  /** The newest tasks that are known, whatever the list shows. */
  knownRows(): readonly TaskRow[] {
    return this.#sync.state?.rows ?? [];
  }

  #known(taskid: string): TaskRow | undefined {
    const rows = this.knownRows();
    return rows[this.#knownPlaces.of(rows).get(taskid) ?? -1];
  }

  readonly tryNow = (): void => this.#socket?.tryNow();

  /** Asks when nothing was heard for a while; an answer that never comes ends the connection. */
  #watch(now: number, slept: boolean): void {
    if (this.#facts.lostAt !== null || this.#socket?.isConnected() !== true) return;
    const silentMs = now - (this.#facts.heardAt ?? 0);
    const suspect = slept || silentMs > SILENCE_IS_SUSPECT_MS || this.#facts.away !== null;
    if (suspect && now - this.#askedAt >= ASK_AGAIN_MS) this.#sync.resync();
    // What is shown also depends on the time.
    if (silentMs > SILENCE_IS_SUSPECT_MS || this.#facts.caughtUp !== null) this.#publish();
  }

  #subscribe(since: string | undefined): Promise<Snapshot | { error: string }> {
    this.#askedAt = Date.now();
    return this.#socket?.subscribe(since) ?? Promise.reject(new Error("not connected"));
  }

  #synced(change: SyncChange): void {
    const now = Date.now();
    feedList(this.list, change);
    for (const listener of this.#told) listener(change);
    switch (change.by) {
      case "frame":
        this.rate.add(change.arrived, now);
        this.#unlisted += change.skipped;
        this.#learn({ type: "heard", at: now });
        return;
      case "snapshot":
        if (this.#interrupted && !change.afresh) {
          const { arrived, gap } = change;
          this.#learn({ type: "resumed", at: now, arrived, gap });
        } else {
          this.rate.add(change.arrived, now);
        }
        if (this.#interrupted) this.list.retryFailed();
        this.#interrupted = false;
        this.#unlisted += change.gap;
        this.#learn({ type: "heard", at: now });
        return;
      case "refusal":
        this.#interrupted = true;
        this.#learn({ type: "storeAway", reason: change.reason });
        return;
      case "silence":
        this.#socket?.giveUp();
        return;
      default:
        change satisfies never;
    }
  }

  #learn(event: ConnectionEvent): void {
    this.#facts = onConnectionEvent(this.#facts, event);
    this.#publish();
  }

  #publish(): void {
    if (this.#animationFrame !== 0 || this.#listeners.size === 0) return;
    this.#animationFrame = requestAnimationFrame(() => {
      this.#animationFrame = 0;
      this.#view = this.#compose();
      for (const listener of this.#listeners) listener();
    });
  }

  #compose(): BoardView {
    return {
      totals: this.#sync.state?.totals ?? null,
      facts: this.#facts,
      list: this.list.view,
      unlisted: this.#unlisted,
    };
  }
}
