import { PRIORITIES, type Priority } from "@taskpulse/contract";

/** How one priority looks, wherever it is shown. */
export interface PriorityLook {
  priority: Priority;
  /** For plain text; on the page `PriorityMark` draws the same shape, whatever the fonts hold. */
  glyph: string;
  /** 1 for the least urgent. */
  rank: number;
  /** The name of its fill token; `-text` and `-line` are beside it. */
  token: "low" | "moderate" | "major" | "critical";
  fillClass: string;
  textClass: string;
}

export const PRIORITY_LOOK: Readonly<Record<Priority, PriorityLook>> = {
  Low: {
    priority: "Low",
    glyph: "▁",
    rank: 1,
    token: "low",
    fillClass: "fill-low stroke-low-line",
    textClass: "text-low-text",
  },
  Moderate: {
    priority: "Moderate",
    glyph: "▃",
    rank: 2,
    token: "moderate",
    fillClass: "fill-moderate stroke-moderate-line",
    textClass: "text-moderate-text",
  },
  Major: {
    priority: "Major",
    glyph: "▅",
    rank: 3,
    token: "major",
    fillClass: "fill-major stroke-major-line",
    textClass: "text-major-text",
  },
  Critical: {
    priority: "Critical",
    glyph: "▇",
    rank: 4,
    token: "critical",
    fillClass: "fill-critical stroke-critical-line",
    textClass: "text-critical-text",
  },
};

/** Most urgent first, as the pulse row reads. */
export const MOST_URGENT_FIRST: readonly Priority[] = PRIORITIES.toReversed();
