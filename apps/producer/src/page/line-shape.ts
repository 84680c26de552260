/** How a status line is laid out at a given width of the box: all lines alike, so that none jumps. */
export interface LineShape {
  /** On one row with what became of it at the end, or several rows with that on the last. */
  wide: boolean;
  /** Rows of the line itself when not wide. */
  rows: number;
  height: number;
}

const WIDE = 1_240;
const ROW = 16;
/** Of the 12 px monospaced font, in px. */
const CHARACTER = 7.2;
const PADDING = 32;
/** Of a line, apart from its three numbers, with an owner of 16 characters. */
const CHARACTERS = 125;

/** @param total how many tasks the batch has: its digits make the lines longer */
export function lineShape(width: number, total: number): LineShape {
  if (width >= WIDE) return { wide: true, rows: 1, height: 26 };
  const perRow = Math.max(20, Math.floor((width - PADDING) / CHARACTER));
  const rows = Math.ceil((CHARACTERS + 3 * String(total).length) / perRow);
  return { wide: false, rows, height: ROW * (rows + 1) + 9 };
}
