import fc from "fast-check";
import { expect, test } from "vitest";
import { RetryQueue } from "./retry-queue.ts";

test("gives back what is due, earliest first, and keeps the rest", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100 })),
      fc.integer({ min: 0, max: 100 }),
      (dues, now) => {
        const queue = new RetryQueue();
        for (const [taskIndex, dueAt] of dues.entries()) queue.push({ taskIndex, tries: 1, dueAt });
        const taken: number[] = [];
        for (let next = queue.takeDue(now); next !== null; next = queue.takeDue(now)) {
          taken.push(next.dueAt);
        }
        const sorted = dues.toSorted((a, b) => a - b);
        expect(taken).toEqual(sorted.filter((due) => due <= now));
        expect(queue.size).toBe(dues.length - taken.length);
        expect(queue.nextDueAt).toBe(sorted.find((due) => due > now) ?? null);
      },
    ),
  );
});
