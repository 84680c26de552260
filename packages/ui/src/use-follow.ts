"use client";

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

export interface Follow<E extends HTMLElement> {
  /** For the element that scrolls. */
  viewport: RefObject<E | null>;
  /** The reader is at the edge, or has not moved away from it. */
  following: boolean;
  /** How many have arrived since the reader left the edge. */
  unseen: number;
  /** Goes back to the edge: what the "n new" button does. */
  follow: () => void;
}

/** How close to the edge still counts as there, in pixels. */
const SLACK = 24;

/**
 * Keeps a scrolling list at the edge where new lines appear, until the reader scrolls away.
 *
 * `arrived` counts every line that ever arrived and only grows, also when the list itself is capped.
 */
export function useFollow<E extends HTMLElement>(
  edge: "start" | "end",
  arrived: number,
): Follow<E> {
  const viewport = useRef<E>(null);
  const [leftAt, setLeftAt] = useState<number | null>(null);
  const latest = useRef(arrived);
  latest.current = arrived;

  const toEdge = useCallback(() => {
    const element = viewport.current;
    if (element) element.scrollTop = edge === "start" ? 0 : element.scrollHeight;
  }, [edge]);

  useEffect(() => {
    const element = viewport.current;
    if (!element) return;
    const onScroll = () => {
      const distance =
        edge === "start"
          ? element.scrollTop
          : element.scrollHeight - element.clientHeight - element.scrollTop;
      setLeftAt((before) => (distance <= SLACK ? null : (before ?? latest.current)));
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [edge]);

  const following = leftAt === null;
  // Each arrival moves the edge.
  useLayoutEffect(() => {
    if (following) toEdge();
  }, [arrived, following, toEdge]);

  // So does what takes room from the list, or gives some back.
  useEffect(() => {
    const element = viewport.current;
    if (!element || !following) return;
    const observer = new ResizeObserver(toEdge);
    observer.observe(element);
    return () => observer.disconnect();
  }, [following, toEdge]);

  const follow = useCallback(() => {
    setLeftAt(null);
    toEdge();
  }, [toEdge]);

  return { viewport, following, unseen: leftAt === null ? 0 : arrived - leftAt, follow };
}
