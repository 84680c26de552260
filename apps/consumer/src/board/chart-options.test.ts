import { PRIORITIES } from "@taskpulse/contract";
import { expect, test } from "vitest";
import { chartData, chartOptions } from "./chart-options.ts";
import type { ThemeColours } from "./theme-colours.ts";

/** Each token is its own colour, so that a swapped one is seen. */
const colours = new Proxy({} as ThemeColours, { get: (_target, token) => String(token) });

test("one dataset, Count Of Tasks: a bar per priority in their order, each in its colour", () => {
  const totals = { Low: 1, Moderate: 2, Major: 3, Critical: 4 };
  expect(chartData(colours, totals)).toMatchObject({
    labels: [...PRIORITIES],
    datasets: [
      {
        label: "Count Of Tasks",
        data: [1, 2, 3, 4],
        backgroundColor: ["low", "moderate", "major", "critical"],
      },
    ],
  });
  expect(chartData(colours, null).datasets[0]?.data).toEqual([null, null, null, null]);
});

test("the axes are named, the totals begin at zero and are whole numbers", () => {
  const { scales, plugins } = chartOptions(colours, "font", false);
  expect(scales).toMatchObject({
    x: { title: { display: true, text: "Priority" } },
    y: { title: { display: true, text: "Total" }, beginAtZero: true, ticks: { precision: 0 } },
  });
  expect(plugins?.title?.text).toBe("Tasks Priority Matrix");
  expect(plugins?.tooltip?.enabled).not.toBe(false);
});

test("whoever wants no motion gets none", () => {
  expect(chartOptions(colours, "font", true).animation).toBe(false);
});
