import { PRIORITIES } from "@taskpulse/contract";
import { formatCount, PRIORITY_LOOK } from "@taskpulse/ui";
import type { Chart, Plugin } from "chart.js";
import { isEmpty } from "./chart-options.ts";
import type { ThemeColours } from "./theme-colours.ts";

const GLYPH_WIDTH = 10;
const GLYPH_STEP = 3;
const GAP = 5;

/** How high a bar stands that is yet to come, of the chart's height and by rank. */
const GHOST_STEP = 0.14;

/** Outlines where the bars will be, the more urgent the higher. */
function drawGhosts(chart: Chart<"bar">, colours: ThemeColours): void {
  const { ctx, chartArea } = chart;
  ctx.save();
  ctx.setLineDash([4, 4]);
  chart.getDatasetMeta(0).data.forEach((bar, index) => {
    const priority = PRIORITIES[index];
    if (priority === undefined) return;
    const { token, rank } = PRIORITY_LOOK[priority];
    const { x, width } = bar.getProps(["x", "width"]) as { x: number; width: number };
    const height = chartArea.height * GHOST_STEP * rank;
    const place = [x - width / 2, chartArea.bottom - height, width, height] as const;
    ctx.globalAlpha = 0.08;
    ctx.fillStyle = colours[token];
    ctx.fillRect(...place);
    ctx.globalAlpha = 0.6;
    ctx.strokeStyle = colours[`${token}-line`];
    ctx.strokeRect(...place);
  });
  ctx.restore();
}

/** Above each bar its glyph and count, so that bars are told apart, and read, without colour. */
export function barLabels(colours: ThemeColours, font: string): Plugin<"bar"> {
  return {
    id: "barLabels",
    afterDatasetsDraw(chart) {
      if (isEmpty(chart)) return drawGhosts(chart, colours);
      const { ctx } = chart;
      const values = chart.data.datasets[0]?.data ?? [];
      const bars = chart.getDatasetMeta(0).data;
      const room = chart.chartArea.width / Math.max(1, bars.length) - GAP;
      ctx.save();
      // Long numbers on a narrow screen: smaller, and without the glyph if that is not enough.
      const widest = (size: number) => {
        ctx.font = `600 ${size}px ${font}`;
        return Math.max(...values.map((v) => ctx.measureText(formatCount(Number(v ?? 0))).width));
      };
      const fits = [13, 11].some((size) => widest(size) + GLYPH_WIDTH + GAP <= room);
      const lead = fits ? GLYPH_WIDTH + GAP : 0;
      ctx.textBaseline = "alphabetic";
      ctx.textAlign = "left";
      bars.forEach((bar, index) => {
        const priority = PRIORITIES[index];
        if (priority === undefined) return;
        const { token, rank } = PRIORITY_LOOK[priority];
        const value = values[index];
        if (typeof value !== "number") return;
        const text = formatCount(value);
        const { x, y } = bar.getProps(["x", "y"]);
        const left = x - (lead + ctx.measureText(text).width) / 2;
        const bottom = y - 7;
        const height = GLYPH_STEP * rank;
        if (fits) {
          ctx.fillStyle = colours[token];
          ctx.strokeStyle = colours[`${token}-line`];
          ctx.fillRect(left, bottom - height, GLYPH_WIDTH, height);
          ctx.strokeRect(left + 0.5, bottom - height + 0.5, GLYPH_WIDTH - 1, height - 1);
        }
        ctx.fillStyle = colours.text;
        ctx.fillText(text, left + lead, bottom);
      });
      ctx.restore();
    },
  };
}
