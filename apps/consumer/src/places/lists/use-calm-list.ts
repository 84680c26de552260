"use client";

import { useMemo, useRef } from "react";

export interface CalmList<T> {
  items: readonly T[];
  /** How many there are by now that are not among `items`. */
  unseen: number;
}

/**
 * What is shown of a list while it is held, as someone points at it: the places that were there,
 * each with what is known of it now. What is new waits, what has gone stays.
 */
export function calmList<T>(
  shown: readonly T[],
  latest: readonly T[],
  idOf: (item: T) => string,
): CalmList<T> {
  if (shown.length === 0) return { items: latest, unseen: 0 };
  const current = new Map(latest.map((item) => [idOf(item), item]));
  const items = shown.map((item) => current.get(idOf(item)) ?? item);
  for (const item of items) current.delete(idOf(item));
  return { items, unseen: current.size };
}

export function useCalmList<T>(
  latest: readonly T[],
  idOf: (item: T) => string,
  held: boolean,
): CalmList<T> {
  const shown = useRef(latest);
  return useMemo(() => {
    const calm = held ? calmList(shown.current, latest, idOf) : { items: latest, unseen: 0 };
    shown.current = calm.items;
    return calm;
  }, [latest, idOf, held]);
}
