"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { formatCount, useFollow } from "@taskpulse/ui";
import { ArrowDown } from "lucide-react";
import { useLayoutEffect, useRef } from "react";
import type { LineShape } from "./line-shape.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import type { OutcomeListView } from "./outcome-list.ts";

export interface FollowedLinesProps {
  lines: OutcomeListView;
  shape: LineShape;
}

/** A scrolling box that follows its end until the reader scrolls away; renders what is in view. */
export function FollowedLines({ lines, shape }: FollowedLinesProps) {
  const { outcomes, arrived, dropped } = lines;
  const { viewport, following, unseen, follow } = useFollow<HTMLElement>("end", arrived);
  const virtual = useVirtualizer({
    count: outcomes.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => shape.height,
    getItemKey: (at) => outcomes[at]?.index ?? at,
    overscan: 10,
    // It begins at its end: a list that is long from the start would else be taken to its top.
    initialOffset: outcomes.length * shape.height,
  });

  // What the reader looks at stays where it is when lines above it are dropped.
  const droppedBefore = useRef(dropped);
  useLayoutEffect(() => {
    const gone = dropped - droppedBefore.current;
    droppedBefore.current = dropped;
    if (!following && gone > 0 && viewport.current) {
      viewport.current.scrollTop -= gone * shape.height;
    }
  }, [dropped, following, shape.height, viewport]);

  return (
    <>
      <section
        ref={viewport}
        aria-label="Status lines"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-h-0 grow overflow-y-auto overscroll-contain py-1 [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <ol
          aria-label="Status lines, newest last"
          style={{ height: virtual.getTotalSize() }}
          className="relative font-mono text-label"
        >
          {virtual.getVirtualItems().map(({ index: at, start, size, key }) => {
            const outcome = outcomes[at];
            return outcome === undefined ? null : (
              <OutcomeLine key={key} outcome={outcome} top={start} height={size} shape={shape} />
            );
          })}
        </ol>
      </section>
      {!following && unseen > 0 ? (
        <button
          type="button"
          onClick={follow}
          className="absolute bottom-3 left-1/2 z-10 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 text-label font-medium text-on-accent shadow-over hover:bg-accent-strong"
        >
          <ArrowDown aria-hidden size={14} />
          {formatCount(unseen)} new
        </button>
      ) : null}
    </>
  );
}
