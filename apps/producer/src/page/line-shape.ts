/** How a status line is laid out at a given width of the box: all lines alike, so that none jumps. */
export interface LineShape {
  /** On one line with what became of it at the end, or with the JSON below. */
  wide: boolean;
  height: number;
}

const CHARACTER = 7.25;
const PADDING = 32;
/** The longest usual JSON of a task, in characters. */
const JSON_LENGTH = 132;

export function lineShape(width: number): LineShape {
  if (width >= 1_240) return { wide: true, height: 26 };
  const perRow = Math.max(20, Math.floor((width - PADDING) / CHARACTER));
  const rows = Math.min(4, Math.ceil(JSON_LENGTH / perRow));
  // Index and status, JSON, and what became of it on a row of its own.
  return { wide: false, height: 16 * (rows + 2) + 10 };
}
