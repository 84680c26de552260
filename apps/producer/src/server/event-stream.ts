import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoreReach } from "@taskpulse/contract";
import { isRedisAway } from "@taskpulse/runtime";
import { type BatchEvent, type Keys, readBatch, readBatchEvents } from "@taskpulse/store";
import type { Redis } from "ioredis";
import type { BatchNews } from "./batch-news.ts";

const PAGE = 500;
/** Between two reads for one listener: news of a busy batch come hundreds of times a second. */
const LEAST_PAUSE_MS = 30;
const RETRY_PAUSE_MS = 500;
const END_LIMIT_MS = 2_000;
/** A store that does not answer for so long is away; its restart takes no longer. */
const AWAY_AFTER_MS = 1_000;

export interface EventStreamLimits {
  commentEveryMs: number;
  /** A listener that takes nothing for so long is dropped. */
  drainLimitMs: number;
  /** Looks by itself so often, in case that news were lost. */
  lookEveryMs: number;
}

export const EVENT_STREAM_LIMITS: EventStreamLimits = {
  commentEveryMs: 15_000,
  drainLimitMs: 30_000,
  lookEveryMs: 1_000,
};

export interface EventStreamRequest {
  batch: { batchid: string; total: number };
  /** Id of the event after which to begin; `0-0` is the beginning. */
  after: string;
  /** Adds `event: batch`, the batch's absolute totals, whenever they have changed. */
  withTotals: boolean;
}

export interface EventStreamSource {
  redis: Redis;
  keys: Keys;
  news: BatchNews;
  /** Ends every stream; listeners come back and resume. */
  closing: AbortSignal;
}

/**
 * Writes a batch's events to one listener as server-sent events (WHATWG HTML, section 9.2), from
 * the store, only as fast as the listener takes them, until the batch's last event. Resolves when
 * the listener is gone or has everything; a store that is away is waited for, and the listener told
 * by `event: store` with `away` or `back`. Rejects with any other failure, after ending the stream:
 * the listener comes back and resumes.
 */
export async function streamEvents(
  response: ServerResponse,
  { batch, after, withTotals }: EventStreamRequest,
  { redis, keys, news, closing }: EventStreamSource,
  limits: EventStreamLimits = EVENT_STREAM_LIMITS,
): Promise<void> {
  const closed = new AbortController();
  let hasNews = false;
  let look = () => {};
  const close = () => {
    closed.abort();
    look();
  };
  response.once("close", close);
  response.on("error", close);
  closing.addEventListener("abort", close);
  if (closing.aborted) closed.abort();
  using _listening = news.listen(batch.batchid, () => {
    hasNews = true;
    look();
  });
  const comments = setInterval(() => {
    if (!response.writableNeedDrain) response.write(":\n\n");
  }, limits.commentEveryMs);

  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
    // Kept alive, it would hold up a stop that began while the stream ended.
    connection: "close",
  });
  response.write("retry: 1000\n\n");

  let position = after;
  let shownTotals = "";
  let toldAway = false;
  let silence: NodeJS.Timeout | undefined;
  try {
    while (!closed.signal.aborted) {
      hasNews = false;
      // Runs on over failed steps; a frozen store fails none, it just does not answer.
      silence ??= setTimeout(() => {
        if (closed.signal.aborted) return;
        toldAway = true;
        response.write(formatReach("away"));
      }, AWAY_AFTER_MS);
      const step = await readStep(position, shownTotals).catch(nullIfAway);
      if (step === null) {
        await sleep(RETRY_PAUSE_MS, undefined, { signal: closed.signal });
        continue;
      }
      clearTimeout(silence);
      silence = undefined;
      if (toldAway) response.write(formatReach("back"));
      toldAway = false;
      position = step.next;
      shownTotals = step.totals;
      if (step.text !== "" && !response.write(step.text)) await drained();
      if (step.ended) return;
      if (step.more) continue;
      await sleep(LEAST_PAUSE_MS, undefined, { signal: closed.signal });
      if (!hasNews) await newsOrTimeout();
    }
  } catch (error) {
    // The listener went away in the middle of a wait; anything else is a bug and shows in the log.
    if (!closed.signal.aborted) throw error;
  } finally {
    clearTimeout(silence);
    clearInterval(comments);
    closing.removeEventListener("abort", close);
    response.end();
    // A listener that takes nothing does not take the end either.
    const limitMs = closing.aborted ? END_LIMIT_MS : limits.drainLimitMs;
    const timer = setTimeout(() => response.destroy(), limitMs);
    response.once("close", () => clearTimeout(timer));
  }

  /** Changes nothing outside: a step that fails halfway is taken again as a whole. */
  async function readStep(from: string, shown: string): Promise<Step> {
    const events = await readBatchEvents(redis, keys, batch, from, PAGE);
    const step: Step = { next: from, totals: shown, text: "", more: false, ended: false };
    for (const event of events) {
      step.next = event.id;
      if (event.kind !== "done") {
        step.text += formatEvent(event);
        continue;
      }
      // A batch whose undelivered were sent again has older ends in its stream.
      const stored = await readBatch(redis, keys, batch.batchid);
      if (stored?.doneEventId !== event.id) continue;
      if (withTotals) step.text += formatTotals(stored.view);
      step.text += formatEvent(event);
      return { ...step, ended: true };
    }
    const more = events.length === PAGE;
    if (more || !(withTotals || events.length === 0)) return { ...step, more };
    const stored = await readBatch(redis, keys, batch.batchid);
    // Removed by retention.
    if (stored === null) return { ...step, ended: true };
    const totals = formatTotals(stored.view);
    if (!withTotals || totals === shown) return step;
    return { ...step, totals, text: step.text + totals };
  }

  async function newsOrTimeout(): Promise<void> {
    const woken = new AbortController();
    look = () => woken.abort();
    await sleep(limits.lookEveryMs, undefined, { signal: woken.signal }).catch(() => {});
    look = () => {};
  }

  async function drained(): Promise<void> {
    const limit = AbortSignal.timeout(limits.drainLimitMs);
    try {
      await once(response, "drain", { signal: AbortSignal.any([limit, closed.signal]) });
    } catch (error) {
      if (!limit.aborted) throw error;
      response.destroy();
      closed.abort();
      throw error;
    }
  }
}

/** One look at the store. */
interface Step {
  /** Id of the last event that it covers. */
  next: string;
  /** The totals that the listener knows after it. */
  totals: string;
  text: string;
  /** There are further events to read already. */
  more: boolean;
  ended: boolean;
}

function nullIfAway(error: unknown): null {
  if (isRedisAway(error)) return null;
  throw error;
}

function formatEvent({ kind, id, data }: BatchEvent): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Whether the store can be read; what is shown meanwhile may be old. */
function formatReach(state: StoreReach): string {
  return `event: store\ndata: ${JSON.stringify({ state })}\n\n`;
}

/** Without an id: it is not a place to resume from. */
function formatTotals(view: object): string {
  return `event: batch\ndata: ${JSON.stringify(view)}\n\n`;
}
