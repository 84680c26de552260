"use client";

import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";
import { BarElement, CategoryScale, Chart as ChartJS, LinearScale, Title, Tooltip } from "chart.js";
import { useEffect, useMemo, useRef } from "react";
import { Bar } from "react-chartjs-2";
import { barLabels } from "./bar-labels.ts";
import type { BoardModel } from "./board-model.ts";
import { barValues, chartData, chartOptions } from "./chart-options.ts";
import { useThemeColours } from "./theme-colours.ts";

ChartJS.register(CategoryScale, LinearScale, BarElement, Title, Tooltip);

/** Changes closer together than this are drawn without motion: it would never come to rest. */
const CALM_MS = 400;
const NAME_EVERY_MS = 1_000;

/**
 * The chart draws from the model by itself, at most once per animation frame; React has no part in
 * it, so that a busy board costs a canvas and not a tree.
 */
export function PriorityChart({ model }: { model: BoardModel }) {
  const chart = useRef<ChartJS<"bar">>(null);
  const colours = useThemeColours();
  const drawing = useMemo(() => {
    if (colours === null) return null;
    const font = getComputedStyle(document.body).fontFamily;
    return {
      options: chartOptions(colours, font, matchMedia("(prefers-reduced-motion)").matches),
      data: chartData(colours, model.getView().totals?.byPriority ?? null),
      plugins: [barLabels(colours, font)],
      key: JSON.stringify(colours),
    };
  }, [colours, model]);

  // Another theme makes another chart.
  useEffect(() => {
    let drawnAt = 0;
    let drawn = model.getView().totals?.byPriority ?? null;
    let naming: ReturnType<typeof setTimeout> | undefined;
    const name = () => {
      naming = undefined;
      chart.current?.canvas?.setAttribute("aria-label", chartName(drawn));
    };
    name();
    const stop = model.subscribe(() => {
      const totals = model.getView().totals?.byPriority ?? null;
      const [dataset] = chart.current?.data.datasets ?? [];
      if (totals === drawn || !chart.current || !dataset) return;
      if (drawn !== null && totals !== null && PRIORITIES.every((p) => totals[p] === drawn?.[p])) {
        drawn = totals;
        return;
      }
      drawn = totals;
      const now = performance.now();
      const calm = now - drawnAt > CALM_MS;
      drawnAt = now;
      dataset.data = barValues(totals);
      chart.current.update(calm ? "default" : "none");
      naming ??= setTimeout(name, NAME_EVERY_MS);
    });
    return () => {
      clearTimeout(naming);
      stop();
    };
  }, [model, drawing]);

  if (drawing === null) return null;
  return (
    <Bar
      // Plugins are fixed when a chart is made.
      key={drawing.key}
      ref={chart}
      data={drawing.data}
      options={drawing.options}
      plugins={drawing.plugins}
      role="img"
      aria-label={chartName(model.getView().totals?.byPriority ?? null)}
    />
  );
}

function chartName(totals: PriorityTotals | null): string {
  const numbers = PRIORITIES.map((p) => `${p} ${totals?.[p] ?? "unknown"}`).join(", ");
  return `Bar chart, Tasks Priority Matrix, Count Of Tasks: ${numbers}`;
}
