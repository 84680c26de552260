"use client";

import { countOf, useElementWidth, useHydrated } from "@taskpulse/ui";
import { useRef } from "react";
import { FollowedLines } from "./followed-lines.tsx";
import { type LineShape, lineShape } from "./line-shape.ts";
import { OutcomeLine } from "./outcome-line.tsx";
import type { Outcome, OutcomeListView } from "./outcome-list.ts";

const ASSUMED_WIDTH = 1_300;

export interface OutcomeLinesProps {
  lines: OutcomeListView;
  /** How many tasks the batch has. */
  total: number;
}

/** The status lines, newest last. */
export function OutcomeLines({ lines, total }: OutcomeLinesProps) {
  const { outcomes, dropped } = lines;
  const box = useRef<HTMLDivElement>(null);
  const shape = lineShape(useElementWidth(box, ASSUMED_WIDTH), total);
  const hydrated = useHydrated();
  const [first] = outcomes;
  return (
    <div ref={box} className="relative flex min-h-0 grow flex-col">
      {dropped > 0 || (first !== undefined && first.index > 1) ? (
        <p className="border-b border-line px-4 py-1.5 text-label text-muted">
          The newest {countOf(outcomes.length, "line")}; older ones are counted above.
        </p>
      ) : null}
      {hydrated ? (
        // Lines of another height are another list: its places can't be carried over.
        <FollowedLines key={shape.height} lines={lines} shape={shape} />
      ) : (
        <EndOfList outcomes={outcomes} shape={shape} />
      )}
    </div>
  );
}

/** How many lines fill the box before its height is known. */
const FIRST_LINES = 30;

/** What the server renders: the last lines, moved up to the box's end, as it can't scroll there. */
function EndOfList({ outcomes, shape }: { outcomes: readonly Outcome[]; shape: LineShape }) {
  const last = outcomes.slice(-FIRST_LINES);
  const height = last.length * shape.height;
  return (
    <div className="relative min-h-0 grow overflow-hidden">
      <ol
        aria-label="Status lines, newest last"
        style={{ height, top: `min(4px, calc(100% - ${height + 4}px))` }}
        className="absolute inset-x-0 font-mono text-label"
      >
        {last.map((outcome, at) => (
          <OutcomeLine
            key={outcome.index}
            outcome={outcome}
            top={at * shape.height}
            height={shape.height}
            shape={shape}
          />
        ))}
      </ol>
    </div>
  );
}
