import { expect, it } from "vitest";
import { chaosKey, chaosNumber, chaosTask } from "./chaos-task.ts";

it("gives every number an identity of its own, and back", () => {
  const numbers = Array.from({ length: 3_000 }, (_, n) => n);
  expect(new Set(numbers.map((n) => chaosKey(5, n))).size).toBe(3_000);
  for (const n of numbers) {
    const { batchid, id } = chaosTask(5, n);
    expect(chaosNumber(5, batchid, id)).toBe(n);
  }
  expect(chaosTask(5, 6).id).toBe(6);
  expect(chaosTask(5, 7).id).toBe("6");
  expect(chaosNumber(5, "another", 1)).toBeNull();
});
