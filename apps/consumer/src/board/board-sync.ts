import type { Frame, Snapshot, StateChange, TaskRow } from "@taskpulse/contract";
import { applyFrame, applySnapshot, type BoardState } from "./board-state.ts";

/** What the board's owner provides: the socket, the clock, chance. */
export interface SyncPorts {
  /** `subscribe` on the socket; rejects when no answer comes. */
  subscribe(since: string | undefined): Promise<Snapshot | { error: string }>;
  now(): number;
  random(): number;
  /** Runs `then` after `ms`; the returned function cancels. */
  after(ms: number, then: () => void): () => void;
  changed(change: SyncChange): void;
}

/** What was told of tasks. */
interface Told {
  /** The rows that were not known before, newest first. */
  fresh: readonly TaskRow[];
  changes: readonly StateChange[];
  /** There were more changes than are told: any row may be in another state by now. */
  unsure: boolean;
  arrived: number;
}

export type SyncChange =
  | (Told & { by: "frame"; skipped: number })
  | (Told & { by: "snapshot"; gap: number; afresh: boolean })
  /** The server answered that it can't read the store. */
  | { by: "refusal"; reason: string }
  /** The server did not answer at all. */
  | { by: "silence" };

const MIN_SPACING_MS = 100;
const SPACING_JITTER_MS = 300;
/** Frames that overtake the snapshot they follow on are kept this many deep. */
const MAX_HELD_FRAMES = 64;

/**
 * Keeps one board's state in step with the server over a connection that may lose, repeat or
 * reorder frames. States: idle, due (a resync waits for its turn), asking (one is in flight).
 * idle → due by a missing frame or `resync()`; due → asking when the spacing has passed;
 * asking → idle by the answer, or → due when something was missing once more.
 */
export class BoardSync {
  #ports: SyncPorts;
  #state: BoardState | null;
  #held: Frame[] = [];
  #phase: "idle" | "due" | "asking" = "idle";
  #again = false;
  #afresh = false;
  #notBefore = 0;
  #cancel: (() => void) | null = null;
  /** Grows with every connection: an answer that belongs to an earlier one is ignored. */
  #connection = 0;

  constructor(initial: BoardState | null, ports: SyncPorts) {
    this.#state = initial;
    this.#ports = ports;
  }

  get state(): BoardState | null {
    return this.#state;
  }

  /** A connection is there: take up where the state ends, at once. */
  connected(): void {
    this.disconnected();
    this.#notBefore = 0;
    this.resync();
  }

  disconnected(): void {
    this.#connection++;
    this.#cancel?.();
    this.#cancel = null;
    this.#phase = "idle";
    this.#again = false;
    this.#held = [];
  }

  frame(frame: Frame): void {
    const before = this.#state?.totals.total ?? 0;
    const outcome = applyFrame(this.#state, frame);
    switch (outcome.kind) {
      case "applied":
        this.#state = outcome.state;
        this.#ports.changed({
          by: "frame",
          fresh: outcome.fresh,
          changes: frame.changes,
          unsure: frame.changesSkipped > 0,
          skipped: frame.skipped,
          arrived: outcome.state.totals.total - before,
        });
        return;
      case "old":
        return;
      case "resync":
        this.#held.push(frame);
        if (this.#held.length > MAX_HELD_FRAMES) this.#held.shift();
        if (this.#phase === "idle") this.resync();
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Asks the server for what is missing; one request at a time, never in quick succession. */
  resync(): void {
    if (this.#phase === "asking") this.#again = true;
    if (this.#phase !== "idle") return;
    this.#phase = "due";
    const wait = this.#notBefore - this.#ports.now();
    if (wait <= 0) this.#ask();
    else this.#cancel = this.#ports.after(wait, () => this.#ask());
  }

  #ask(): void {
    this.#phase = "asking";
    this.#cancel = null;
    this.#again = false;
    this.#notBefore = this.#ports.now() + MIN_SPACING_MS + SPACING_JITTER_MS * this.#ports.random();
    const connection = this.#connection;
    const since = this.#afresh ? undefined : this.#state?.cursor;
    this.#afresh = false;
    this.#ports.subscribe(since).then(
      (answer) => {
        if (connection !== this.#connection) return;
        this.#phase = "idle";
        if ("error" in answer) this.#ports.changed({ by: "refusal", reason: answer.error });
        else this.#take(answer, since);
        if (this.#again) this.resync();
      },
      () => {
        if (connection !== this.#connection) return;
        this.#phase = "idle";
        this.#ports.changed({ by: "silence" });
      },
    );
  }

  #take(snapshot: Snapshot, since: string | undefined): void {
    const before = this.#state;
    const outcome = applySnapshot(before, snapshot, since);
    if (outcome.kind === "afresh") {
      this.#afresh = true;
      this.resync();
      return;
    }
    if (outcome.kind === "applied") {
      this.#state = outcome.state;
      const sameStore = before !== null && before.epoch === outcome.state.epoch;
      this.#ports.changed({
        by: "snapshot",
        fresh: outcome.fresh,
        changes: snapshot.changes,
        unsure: snapshot.changesSkipped > 0,
        gap: sameStore && since !== undefined ? snapshot.gap : 0,
        arrived: sameStore ? Math.max(0, outcome.state.totals.total - before.totals.total) : 0,
        afresh: !sameStore || since === undefined,
      });
    }
    this.#replayHeld();
  }

  /** Frames that overtook the snapshot: what it covers is dropped, what follows on it applies. */
  #replayHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.frame(frame);
  }
}
