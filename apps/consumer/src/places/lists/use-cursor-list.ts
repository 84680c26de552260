"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type ApiFailure, readJson } from "../../board/read-api.ts";
import { useReading } from "../use-reading.ts";
import { useCalmList } from "./use-calm-list.ts";

const PAGE_ITEMS = 50;

export interface CursorListOptions<P, T> {
  /** Without `before` and `limit`. */
  path: string;
  itemsOf: (page: P) => readonly T[];
  idOf: (item: T) => string;
  everyMs?: number;
  /** Whenever this becomes another, the list is read again. */
  follows?: unknown;
}

export interface CursorList<P, T> {
  /** The newest answer, for what it says beside its items; null until there is one. */
  page: P | null;
  items: readonly T[];
  unseen: number;
  failure: ApiFailure | null;
  /** All that there are, are shown. */
  complete: boolean;
  loadingMore: boolean;
  /** Why older ones could not be read. */
  moreFailure: ApiFailure | null;
  more: () => void;
  /** Shows what is new, from the top. */
  toNewest: () => void;
  readAgain: () => void;
  /** It is there no more, and whoever saw to that need not see it longer. */
  drop: (id: string) => void;
  /** Someone points at it, or has it in focus: nothing may move away. */
  hold: (held: boolean) => void;
}

/** A list that the server hands out in pages, newest first: its first page is kept current. */
export function useCursorList<P extends { before?: string | null }, T>(
  options: CursorListOptions<P, T>,
): CursorList<P, T> {
  const { path, itemsOf, idOf, everyMs, follows } = options;
  const [held, hold] = useState(false);
  const [older, setOlder] = useState<{ items: readonly T[]; before: string | null } | null>(null);
  const [moreFailure, setMoreFailure] = useState<ApiFailure | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const abort = useRef<AbortController | null>(null);
  const reading = useReading<P>(withQuery(path, { limit: PAGE_ITEMS }), { everyMs, follows });
  const { value: page, failure, readAgain } = reading;

  const forgetOlder = useCallback(() => {
    abort.current?.abort();
    abort.current = null;
    setOlder(null);
    setLoadingMore(false);
    setMoreFailure(null);
  }, []);
  // Another path is another list.
  useEffect(
    () => () => {
      forgetOlder();
      hold(false);
    },
    [path, forgetOlder],
  );

  const newest = useMemo(() => (page === null ? [] : itemsOf(page)), [page, itemsOf]);
  // What was read further down follows on the first page as it was then.
  const calm = useCalmList(newest, idOf, held || older !== null);
  const [dropped, setDropped] = useState<ReadonlySet<string>>(new Set());
  const drop = useCallback((id: string) => setDropped((now) => new Set(now).add(id)), []);
  const items = useMemo(() => {
    const known = new Set(calm.items.map(idOf));
    const below = older?.items.filter((item) => !known.has(idOf(item))) ?? [];
    return [...calm.items, ...below].filter((item) => !dropped.has(idOf(item)));
  }, [calm, older, dropped, idOf]);

  const before = older === null ? (page?.before ?? null) : older.before;
  const more = useCallback(async () => {
    if (before === null || abort.current !== null) return;
    const own = new AbortController();
    abort.current = own;
    setLoadingMore(true);
    setMoreFailure(null);
    const answer = await readJson<P>(withQuery(path, { limit: PAGE_ITEMS, before }), own.signal);
    if (own.signal.aborted) return;
    abort.current = null;
    setLoadingMore(false);
    if (!answer.ok) return setMoreFailure(answer);
    const next = answer.value;
    setOlder((known) => ({
      items: [...(known?.items ?? []), ...itemsOf(next)],
      before: next.before ?? null,
    }));
  }, [path, before, itemsOf]);

  const toNewest = useCallback(() => {
    forgetOlder();
    hold(false);
    readAgain();
  }, [forgetOlder, readAgain]);

  return {
    ...{ page, items, unseen: calm.unseen, failure, complete: before === null },
    ...{ loadingMore, moreFailure, more, toNewest, readAgain, drop, hold },
  };
}

function withQuery(path: string, values: Record<string, string | number>): string {
  const [base = "", query = ""] = path.split("?");
  const all = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) all.set(name, String(value));
  return `${base}?${all}`;
}
