import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { BatchView } from "@taskpulse/contract";
import type { Chance } from "../chance.ts";
import type { Side } from "./ledger.ts";

const ANSWER_LIMIT_MS = 3_000;
const LOOK_EVERY_MS = 250;
const SETTLE_PAUSE_MS = 20;

export interface AskedBatch {
  readonly batchid: string;
  /** Which producer was asked for it; another may have run it. */
  readonly askedOf: Side;
}

export interface BatchLoadOptions {
  /** Of the producers. */
  readonly origins: Readonly<Record<Side, string>>;
  readonly chance: Chance;
  /** How many tasks one batch has, from and to. */
  readonly size: readonly [number, number];
}

/** Keeps each producer busy with one batch after another, and knows which ones it asked for. */
export class BatchLoad implements AsyncDisposable {
  readonly #options: BatchLoadOptions;
  readonly #stopping = new AbortController();
  readonly #asked: AskedBatch[] = [];
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: BatchLoadOptions) {
    this.#options = options;
  }

  get asked(): readonly AskedBatch[] {
    return this.#asked;
  }

  start(): void {
    this.#work = Promise.all([this.#keepBusy("A"), this.#keepBusy("B")]);
  }

  /** Asks for no more batches; those that run go on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  /**
   * Waits for every batch, and has what was given up sent again, until all of it is delivered, or the
   * time is over.
   *
   * @returns all batches as their producers show them
   */
  async settled(timeoutMs: number): Promise<Map<string, BatchView>> {
    const views = new Map<string, BatchView>();
    const deadline = performance.now() + timeoutMs;
    for (const batch of this.#asked) {
      while (!isDelivered(views.get(batch.batchid))) {
        // What is missing is seen in the views.
        if (performance.now() > deadline) return views;
        await this.#look(batch, views).catch(() => null);
        await sleep(SETTLE_PAUSE_MS);
      }
    }
    return views;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #keepBusy(side: Side): Promise<void> {
    const { signal } = this.#stopping;
    const { chance, size } = this.#options;
    while (!signal.aborted) {
      const count = Math.round(chance.between(...size));
      // As fast as it can now and then, mostly steadily: what is cut off is under way in both.
      const order = chance.happens(0.3)
        ? { count, waitSeconds: 0, concurrency: 4 }
        : { count, waitSeconds: 0.02, concurrency: 4 };
      const batchid = await this.#ask(side, { ...order, seed: chance.below(2 ** 32) });
      if (batchid === null) return;
      this.#asked.push({ batchid, askedOf: side });
      await this.#untilMostlyDone(side, batchid);
    }
  }

  /** Null when the load was stopped before anybody took it. */
  async #ask(side: Side, order: object): Promise<string | null> {
    const { signal } = this.#stopping;
    const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
    const init = { method: "POST", headers, body: JSON.stringify(order) };
    while (!signal.aborted) {
      try {
        return ((await this.#call(side, "/api/batches", init)) as BatchView).batchid;
      } catch {
        await pause(LOOK_EVERY_MS, signal);
      }
    }
    return null;
  }

  /** Tasks that wait for their next try must not keep the producer idle. */
  async #untilMostlyDone(side: Side, batchid: string): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(LOOK_EVERY_MS, signal);
      const view = await this.#view(side, batchid).catch(() => null);
      if (view === null) continue;
      if (view.delivered + view.failed + view.retrying >= view.total) return;
    }
  }

  async #look({ batchid, askedOf }: AskedBatch, views: Map<string, BatchView>): Promise<void> {
    const view = await this.#view(askedOf, batchid);
    views.set(batchid, view);
    if (view.state === "done" && view.failed > 0) {
      await this.#call(askedOf, `/api/batches/${batchid}/retry`, { method: "POST" });
    }
  }

  async #view(side: Side, batchid: string): Promise<BatchView> {
    return (await this.#call(side, `/api/batches/${batchid}`)) as BatchView;
  }

  async #call(side: Side, path: string, init: RequestInit = {}): Promise<unknown> {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(this.#options.origins[side] + path, { ...init, signal });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return body;
  }
}

function isDelivered(view: BatchView | undefined): boolean {
  return view?.state === "done" && view.delivered === view.total;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    // Only the end of the load cuts a pause short.
  });
}
