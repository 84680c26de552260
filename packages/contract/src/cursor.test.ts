import fc from "fast-check";
import { expect, test } from "vitest";
import { type CursorParts, compareCursors, formatCursor, parseCursor } from "./cursor.ts";

const position = fc.record({
  epoch: fc.constantFrom("aaaa", "bbbb"),
  ms: fc.nat(),
  seq: fc.nat({ max: 50 }),
  total: fc.nat(),
  changeMs: fc.nat({ max: 3 }),
  changeSeq: fc.nat({ max: 3 }),
});

test("a cursor gives back what it was made of", () => {
  fc.assert(
    fc.property(position, (parts) => {
      expect(parseCursor(formatCursor(parts))).toEqual(parts);
    }),
  );
});

test("a cursor without a place among the changes stands before the first", () => {
  expect(parseCursor("aaaa.1-2.3")).toEqual(parseCursor("aaaa.1-2.3.0-0"));
});

function differences(a: CursorParts, b: CursorParts): number[] {
  return [a.ms - b.ms, a.seq - b.seq, a.changeMs - b.changeMs, a.changeSeq - b.changeSeq];
}

test("cursors of one epoch are ordered as the log is, others can't be compared", () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const order = compareCursors(formatCursor(a), formatCursor(b));
      if (a.epoch !== b.epoch) expect(order).toBeNull();
      else
        expect(Math.sign(order ?? Number.NaN)).toBe(
          Math.sign(differences(a, b).find((d) => d !== 0) ?? 0),
        );
    }),
  );
});

test.each(["", "x", "a.1-2", "a.1-2.3.4", "a.1-2.3.4-5.6", "a.-1-2.3", `a.${"9".repeat(20)}-0.0`])(
  "%j is no cursor",
  (text) => {
    expect(parseCursor(text)).toBeNull();
    expect(compareCursors(text, "a.1-2.3")).toBeNull();
  },
);
