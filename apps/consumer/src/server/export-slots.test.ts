import { expect, test } from "vitest";
import { ExportSlots } from "./export-slots.ts";

test("a place is free again when its export ends, or may read no more", () => {
  let now = 0;
  const slots = new ExportSlots(2, () => now);
  const first = slots.take(10);
  expect([first, slots.take(20), slots.take(10)]).toEqual([
    expect.any(Function),
    expect.any(Function),
    null,
  ]);
  first?.();
  expect(slots.take(20)).not.toBeNull();
  expect(slots.take(20)).toBeNull();
  // That it ends again frees no other.
  first?.();
  expect(slots.take(20)).toBeNull();
  now = 20;
  expect(slots.take(30)).not.toBeNull();
});
