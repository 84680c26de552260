"use client";

import type { Totals } from "@taskpulse/contract";
import { classNames } from "@taskpulse/ui";
import { memo, useState } from "react";
import type { BoardModel } from "./board-model.ts";
import { PriorityChart } from "./priority-chart.tsx";
import { PriorityTable } from "./priority-table.tsx";

export interface MatrixPanelProps {
  model: BoardModel;
  totals: Totals | null;
  dimmed: boolean;
}

/** The chart, or its numbers as a table; the table is always there for those who can't see either. */
export const MatrixPanel = memo(function MatrixPanel({ model, totals, dimmed }: MatrixPanelProps) {
  const [shown, setShown] = useState<"chart" | "table">("chart");
  return (
    <section
      aria-labelledby="matrix-title"
      className="relative flex min-h-0 flex-col rounded border border-line bg-raised"
    >
      <div className="flex h-13 shrink-0 items-center gap-3 border-b border-line px-4">
        <h2 id="matrix-title" className="truncate text-body font-semibold">
          Tasks Priority Matrix
        </h2>
        <span className="grow truncate text-label text-muted max-sm:hidden">Count Of Tasks</span>
        <fieldset className="ml-auto flex shrink-0 rounded border border-line-strong p-0.5 noscript:hidden">
          <legend className="sr-only">Show the numbers as</legend>
          {(["chart", "table"] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              aria-pressed={shown === kind}
              onClick={() => setShown(kind)}
              className={classNames(
                "h-7 rounded-sm px-2.5 text-label font-medium transition-colors",
                shown === kind ? "bg-accent text-on-accent" : "text-muted hover:text-text",
              )}
            >
              {kind}
            </button>
          ))}
        </fieldset>
      </div>
      <div
        className={classNames(
          "relative h-72 min-h-0 p-3 transition-opacity noscript:hidden md:h-auto md:grow",
          shown === "table" && "hidden",
          dimmed && "opacity-55",
        )}
      >
        <div className="absolute inset-3">
          <PriorityChart model={model} />
        </div>
        {totals?.total === 0 ? (
          <p className="absolute inset-x-6 top-8 text-center text-balance text-muted">
            A bar for each priority grows here as tasks arrive.
          </p>
        ) : null}
      </div>
      <div className={shown === "table" ? "" : "sr-only noscript:not-sr-only"}>
        <div className="min-h-72 px-4 py-2">
          <PriorityTable totals={totals?.byPriority ?? null} dimmed={dimmed} />
        </div>
      </div>
    </section>
  );
});
