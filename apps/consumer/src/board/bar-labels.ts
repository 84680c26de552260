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
      ctx.save();
      ctx.font = `600 13px ${font}`;
      ctx.textBaseline = "alphabetic";
      ctx.textAlign = "left";
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const priority = PRIORITIES[index];
        if (priority === undefined) return;
        const { token, rank } = PRIORITY_LOOK[priority];
        const value = values[index];
        if (typeof value !== "number") return;
        const text = formatCount(value);
        const { x, y } = bar.getProps(["x", "y"]);
        const left = x - (GLYPH_WIDTH + GAP + ctx.measureText(text).width) / 2;
        const bottom = y - 7;
        const height = GLYPH_STEP * rank;
        ctx.fillStyle = colours[token];
        ctx.strokeStyle = colours[`${token}-line`];
        ctx.fillRect(left, bottom - height, GLYPH_WIDTH, height);
        ctx.strokeRect(left + 0.5, bottom - height + 0.5, GLYPH_WIDTH - 1, height - 1);
        ctx.fillStyle = colours.text;
        ctx.fillText(text, left + GLYPH_WIDTH + GAP, bottom);
      });
      ctx.restore();
    },
  };
}
