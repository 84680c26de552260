"use client";

import type { Priority, TaskState, Totals } from "@taskpulse/contract";
import { Figure, formatCount, formatRate, MOST_URGENT_FIRST, PriorityGlyph } from "@taskpulse/ui";
import { memo } from "react";
import type { RateWindow } from "./rate-window.ts";
import { Sparkline } from "./sparkline.tsx";
import { StateStrip } from "./state-strip.tsx";

export interface PulseProps {
  /** Null while they are not known. */
  totals: Totals | null;
  rate: RateWindow;
  now: number;
  dimmed: boolean;
  /** The state that the list is of. */
  state: TaskState | undefined;
  onState: (state: TaskState | undefined) => void;
}

/** The figures at the top: how many, of which priority, how fast, and in which state. */
export const Pulse = memo(function Pulse(props: PulseProps) {
  const { totals, rate, now, dimmed, state, onState } = props;
  const shown = (count: number | undefined) => (count === undefined ? "–" : formatCount(count));
  const perSecond = rate.perSecond(now);
  return (
    <section aria-label="Pulse" className="rounded border border-line bg-raised px-4 pt-3 pb-1.5">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3 md:grid-cols-[repeat(5,minmax(0,1fr))_minmax(0,1.6fr)]">
        <Figure label="Total" value={shown(totals?.total)} dimmed={dimmed} />
        {MOST_URGENT_FIRST.map((priority: Priority) => (
          <Figure
            key={priority}
            label={
              <span className="flex items-center gap-1.5">
                <PriorityGlyph priority={priority} />
                {priority}
              </span>
            }
            value={shown(totals?.byPriority[priority])}
            dimmed={dimmed}
          />
        ))}
        <Figure
          label="Per second"
          // Nothing arrives here, which says nothing of what the server receives.
          value={dimmed ? "–" : formatRate(perSecond)}
          digits={4}
          dimmed={dimmed}
          beside={<Sparkline history={rate.history(now)} dimmed={dimmed} />}
        />
      </dl>
      <StateStrip totals={totals} chosen={state} dimmed={dimmed} onChoose={onState} />
    </section>
  );
});
