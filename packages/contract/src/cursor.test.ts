import fc from "fast-check";
import { expect, test } from "vitest";
import { compareCursors, formatCursor, parseCursor } from "./cursor.ts";

const position = fc.record({
  epoch: fc.constantFrom("aaaa", "bbbb"),
  ms: fc.nat(),
  seq: fc.nat({ max: 50 }),
  total: fc.nat(),
});

test("a cursor gives back what it was made of", () => {
  fc.assert(
    fc.property(position, (parts) => {
      expect(parseCursor(formatCursor(parts))).toEqual(parts);
    }),
  );
});

test("cursors of one epoch are ordered as the log is, others can't be compared", () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const order = compareCursors(formatCursor(a), formatCursor(b));
      if (a.epoch !== b.epoch) expect(order).toBeNull();
      else expect(Math.sign(order ?? Number.NaN)).toBe(Math.sign(a.ms - b.ms || a.seq - b.seq));
    }),
  );
});

test.each(["", "x", "a.1-2", "a.1-2.3.4", "a.-1-2.3", `a.${"9".repeat(20)}-0.0`])(
  "%j is no cursor",
  (text) => {
    expect(parseCursor(text)).toBeNull();
    expect(compareCursors(text, "a.1-2.3")).toBeNull();
  },
);
