"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { countOf, formatCount, useFollow } from "@taskpulse/ui";
import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useRef } from "react";
import { lineShape } from "./line-shape.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import type { OutcomeListView } from "./outcome-list.ts";
import { useElementWidth } from "./use-element-width.ts";

const ASSUMED = { width: 1_300, height: 400 };

export interface OutcomeLinesProps {
  lines: OutcomeListView;
  /** How many tasks the batch has. */
  total: number;
}

/** The status lines, newest last. The box follows its end until the reader scrolls away. */
export function OutcomeLines({ lines, total }: OutcomeLinesProps) {
  const { outcomes, arrived, dropped } = lines;
  const { viewport, following, unseen, follow } = useFollow<HTMLDivElement>("end", arrived);
  const shape = lineShape(useElementWidth(viewport, ASSUMED.width), total);
  const virtual = useVirtualizer({
    count: outcomes.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => shape.height,
    getItemKey: (at) => outcomes[at]?.index ?? at,
    overscan: 10,
    initialRect: ASSUMED,
    // It begins at its end: a list that is long from the start would else be taken to its top.
    initialOffset: outcomes.length * shape.height,
  });
  // Another height means other places.
  useEffect(() => virtual.measure(), [shape.height]);

  // What the reader looks at stays where it is when lines above it are dropped.
  const droppedBefore = useRef(dropped);
  useLayoutEffect(() => {
    const gone = dropped - droppedBefore.current;
    droppedBefore.current = dropped;
    if (!following && gone > 0 && viewport.current) {
      viewport.current.scrollTop -= gone * shape.height;
    }
  }, [dropped, following, shape.height, viewport]);

  const firstIndex = outcomes[0]?.index ?? 1;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      {dropped > 0 || firstIndex > 1 ? (
        <p className="border-b border-line px-4 py-1.5 text-label text-muted">
          The newest {countOf(outcomes.length, "line")}; older ones are counted above.
        </p>
      ) : null}
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
    </div>
  );
}
