"use client";

import { useMemo, useRef } from "react";

export interface CalmList<T> {
  items: readonly T[];
  /** How many there are by now that are not among `items`. */
  unseen: number;
}

/**
 * While it is held, as someone points at it, the list keeps its places: what is shown is kept
 * current, what is new waits, what has gone stays.
 */
export function useCalmList<T>(
  latest: readonly T[],
  idOf: (item: T) => string,
  held: boolean,
): CalmList<T> {
  const kept = useRef<readonly T[]>(latest);
  return useMemo(() => {
    if (!held || kept.current.length === 0) {
      kept.current = latest;
      return { items: latest, unseen: 0 };
    }
    const current = new Map(latest.map((item) => [idOf(item), item]));
    const items = kept.current.map((item) => current.get(idOf(item)) ?? item);
    for (const item of items) current.delete(idOf(item));
    kept.current = items;
    return { items, unseen: current.size };
  }, [latest, idOf, held]);
}
