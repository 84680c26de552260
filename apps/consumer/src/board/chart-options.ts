import { PRIORITIES, type PriorityTotals } from "@taskpulse/contract";
import { PRIORITY_LOOK } from "@taskpulse/ui";
import type { Chart, ChartData, ChartOptions } from "chart.js";
import type { ThemeColours } from "./theme-colours.ts";

const AXIS_WIDTH = 76;

/**
 * `font` is the page's own, so that the canvas looks like the rest; `still` when the reader wants no
 * motion.
 */
export function chartOptions(
  colours: ThemeColours,
  font: string,
  still: boolean,
): ChartOptions<"bar"> {
  const title = (text: string) => ({
    display: true,
    text,
    color: colours.muted,
    font: { family: font, size: 12 },
  });
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: still ? false : { duration: 160, easing: "easeOutQuad" },
    layout: { padding: { top: 8 } },
    plugins: {
      // The panel's heading is the title that everybody can read.
      title: { display: false, text: "Tasks Priority Matrix" },
      legend: { display: false },
      tooltip: {
        displayColors: false,
        backgroundColor: colours.text,
        titleColor: colours.raised,
        bodyColor: colours.raised,
        titleFont: { family: font, size: 12 },
        bodyFont: { family: font, size: 14, weight: 600 },
        padding: 8,
        cornerRadius: 6,
      },
    },
    scales: {
      x: {
        title: title("Priority"),
        border: { color: colours.muted },
        grid: { display: false },
        ticks: { color: colours.text, font: { family: font, size: 13 } },
      },
      y: {
        title: title("Total"),
        beginAtZero: true,
        suggestedMax: 4,
        grace: "12%",
        border: { display: false },
        grid: { color: ({ chart }) => (isEmpty(chart) ? "transparent" : colours.line) },
        ticks: {
          precision: 0,
          maxTicksLimit: 7,
          // A scale of nothing would be made up.
          color: ({ chart }) => (isEmpty(chart) ? "transparent" : colours.muted),
          font: { family: font, size: 12 },
        },
        // The bars keep their place as the numbers grow longer.
        afterFit: (scale) => {
          scale.width = Math.max(scale.width, AXIS_WIDTH);
        },
      },
    },
  };
}

export function chartData(colours: ThemeColours, totals: PriorityTotals | null): ChartData<"bar"> {
  const tokens = PRIORITIES.map((priority) => PRIORITY_LOOK[priority].token);
  return {
    labels: [...PRIORITIES],
    datasets: [
      {
        label: "Count Of Tasks",
        data: barValues(totals),
        backgroundColor: tokens.map((token) => colours[token]),
        borderColor: tokens.map((token) => colours[`${token}-line`]),
        borderWidth: 1,
        borderRadius: 3,
        maxBarThickness: 96,
      },
    ],
  };
}

/** Null where the number is not known. */
export function barValues(totals: PriorityTotals | null): (number | null)[] {
  return PRIORITIES.map((priority) => totals?.[priority] ?? null);
}

/** There is nothing to draw: no task, or no knowledge of any. */
export function isEmpty({ data }: Pick<Chart, "data">): boolean {
  return data.datasets.every((dataset) => dataset.data.every((value) => !value));
}
