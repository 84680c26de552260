import { expect, test } from "vitest";
import { StartKey } from "./start-key.ts";

test("clicks that were not answered share a key, an answer ends it", () => {
  const start = new StartKey();
  const first = start.of({ count: 5 }, 0);
  expect(first).toMatch(/^[0-9a-z-]{8,40}$/);
  for (const status of [null, 503, 502]) {
    start.answered(status);
    expect(start.of({ count: 5 }, 1_000)).toBe(first);
  }
  for (const status of [201, 400]) {
    const before = start.of({ count: 5 }, 2_000);
    start.answered(status);
    expect(start.of({ count: 5 }, 2_000)).not.toBe(before);
  }
});

test("another form, or a click much later, is another wish", () => {
  const start = new StartKey();
  const first = start.of({ count: 5 }, 0);
  const second = start.of({ count: 6 }, 1);
  expect(second).not.toBe(first);
  expect(start.of({ count: 6 }, 59_000)).toBe(second);
  expect(start.of({ count: 6 }, 119_000)).not.toBe(second);
});
