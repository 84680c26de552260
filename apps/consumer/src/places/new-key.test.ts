import { expect, test } from "vitest";
import { WishKey } from "./new-key.ts";

test("the same wish has the same key until it is answered", () => {
  const wishes = new WishKey();
  const first = wishes.of({ x: 1 });
  expect(first).toMatch(/^[0-9a-z-]{10,}$/);
  wishes.answered(null);
  wishes.answered(503);
  expect(wishes.of({ x: 1 })).toBe(first);
  expect(wishes.of({ x: 2 })).not.toBe(first);
  const other = wishes.of({ x: 1 });
  wishes.answered(202);
  expect(wishes.of({ x: 1 })).not.toBe(other);
});
