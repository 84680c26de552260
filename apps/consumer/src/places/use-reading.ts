"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { browserClock, PoliteRepeat } from "../board/polite-repeat.ts";
import { type ApiFailure, readJson } from "../board/read-api.ts";

const MANNERS = { quietMs: 50, spacingMs: 500, restFactor: 10 };

export interface Reading<T> {
  /** Null until it has been read once. */
  value: T | null;
  /** Why the last read failed; what was read before is shown on, unless it is gone for good. */
  failure: ApiFailure | null;
  /** At once: somebody waits for it. */
  readAgain: () => void;
  /** Something may have changed; not more often than is polite. */
  readSoon: () => void;
}

export interface ReadingOptions {
  /** How often to read again while the page is looked at; left out: only when asked to. */
  everyMs?: number | undefined;
  /** Whenever this becomes another, it is read again. */
  follows?: unknown;
}

/** Something that the server knows, read at once and again, politely. With null nothing is read. */
export function useReading<T>(
  path: string | null,
  { everyMs, follows }: ReadingOptions = {},
): Reading<T> {
  const [read, setRead] = useState<{ path: string; value: T | null; failure: ApiFailure | null }>();
  const reading = useRef<PoliteRepeat | null>(null);
  useEffect(() => {
    if (path === null) return;
    const readNow = async (signal: AbortSignal) => {
      const answer = await readJson<T>(path, signal);
      if (signal.aborted) return "done";
      setRead((before) => {
        if (answer.ok) return { path, value: answer.value, failure: null };
        const gone = answer.status === 404 || answer.status === 401;
        const kept = before?.path === path && !gone ? before.value : null;
        return { path, value: kept, failure: answer };
      });
      return answer.ok || answer.status === 404 ? "done" : "failed";
    };
    const repeat = new PoliteRepeat(readNow, browserClock, MANNERS);
    reading.current = repeat;
    repeat.now();
    const look = () => {
      if (document.visibilityState === "visible") repeat.wish();
    };
    const timer = everyMs === undefined ? undefined : setInterval(look, everyMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
      repeat.stop();
    };
  }, [path, everyMs]);

  const first = useRef(true);
  // What it follows is another: the value itself is not looked at.
  useEffect(() => {
    if (!first.current) reading.current?.wish();
    first.current = false;
  }, [follows]);

  const readAgain = useCallback(() => reading.current?.now(), []);
  const readSoon = useCallback(() => reading.current?.wish(), []);
  const current = read?.path === path ? read : undefined;
  const { value = null, failure = null } = current ?? {};
  return { value, failure, readAgain, readSoon };
}
