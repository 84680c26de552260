"use client";

import { TASK_STATES, type TaskState, type Totals } from "@taskpulse/contract";
import { classNames, formatCount, STATE_LOOK, StateGlyph } from "@taskpulse/ui";
import { memo } from "react";

export interface StateStripProps {
  /** Null while they are not known. */
  totals: Totals | null;
  /** The state that the list is of. */
  chosen: TaskState | undefined;
  dimmed: boolean;
  /** Undefined: all states. */
  onChoose: (state: TaskState | undefined) => void;
}

/**
 * How many tasks are in each state; each figure also filters the list. As long as no task was ever
 * run there is one figure and what the others would be: their place is kept.
 */
export const StateStrip = memo(function StateStrip(props: StateStripProps) {
  const { totals, chosen, dimmed, onChoose } = props;
  const runs = hasRuns(totals);
  const shown = runs || chosen !== undefined ? TASK_STATES : TASK_STATES.slice(0, 1);
  return (
    <fieldset className="noscript:pointer-events-none -mx-4 mt-2.5 border-t border-line px-2.5 pt-1.5">
      <legend className="sr-only">Tasks by state: choose one to list only those</legend>
      <div className="grid grid-cols-2 gap-x-1 sm:grid-cols-4 min-[1240px]:grid-cols-8">
        {shown.map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={chosen === state}
            title={STATE_LOOK[state].means}
            onClick={() => onChoose(chosen === state ? undefined : state)}
            className={classNames(
              "flex h-8 min-w-0 items-center gap-1.5 rounded px-1.5 text-label transition-colors",
              chosen === state ? "bg-accent-soft" : "hover:bg-sunken",
            )}
          >
            <StateGlyph state={state} />
            <span className="truncate text-muted">{state}</span>
            <span
              className={classNames(
                "text-body font-semibold transition-colors",
                shown.length > 1 && "max-[1239px]:ml-auto",
                (dimmed || !totals?.byState[state]) && "text-muted",
              )}
            >
              {totals === null ? "–" : formatCount(totals.byState[state])}
            </span>
          </button>
        ))}
        {shown.length === 1 ? (
          <p className="col-span-1 flex min-h-8 items-center px-1.5 text-label text-muted sm:col-span-3 min-[1240px]:col-span-7">
            <span className="max-sm:hidden">
              Tasks with a call or a handler are run; how they stand is counted here.
            </span>
          </p>
        ) : null}
      </div>
    </fieldset>
  );
});

/** Whether any task was ever to be run, as far as one can see. */
export function hasRuns(totals: Totals | null): boolean {
  return totals !== null && totals.changes > 0;
}
