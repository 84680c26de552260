import { PRIORITIES } from "@taskpulse/contract";
import { formatCount, PRIORITY_LOOK } from "@taskpulse/ui";
import type { Plugin } from "chart.js";
import type { ThemeColours } from "./theme-colours.ts";

const GLYPH_WIDTH = 10;
const GLYPH_STEP = 3;
const GAP = 5;

/** Above each bar its glyph and count, so that bars are told apart, and read, without colour. */
export function barLabels(colours: ThemeColours, font: string): Plugin<"bar"> {
  return {
    id: "barLabels",
    afterDatasetsDraw(chart) {
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
