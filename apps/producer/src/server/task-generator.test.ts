import { PRIORITIES } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TaskGenerator } from "./task-generator.ts";

function make(
  seed: number,
  count: number,
  mix: ConstructorParameters<typeof TaskGenerator>[0]["mix"] = null,
) {
  const generator = new TaskGenerator({ seed, mix });
  while (!generator.makeUpTo(count - 1, 50));
  return Array.from({ length: count }, (_, index) => generator.at(index));
}

test("the same seed makes the same tasks, however many and in whatever steps", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_294_967_295 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 200 }),
      (seed, shorter, more) => {
        const long = make(seed, shorter + more);
        expect(make(seed, shorter)).toEqual(long.slice(0, shorter));
        const stepwise = new TaskGenerator({ seed, mix: null });
        for (let index = 0; index < shorter; index += 1) stepwise.makeUpTo(index, 0);
        expect(stepwise.at(shorter - 1)).toEqual(long[shorter - 1]);
      },
    ),
    { numRuns: 50 },
  );
});

test("other seeds make other tasks; the mix leaves the owners alone", () => {
  expect(make(1, 50)).not.toEqual(make(2, 50));
  const owners = (tasks: { owner: string }[]) => tasks.map(({ owner }) => owner);
  expect(owners(make(1, 50, { Critical: 1 }))).toEqual(owners(make(1, 50)));
});

test("100,000 owners are unique full names that fit the contract", { timeout: 20_000 }, () => {
  const tasks = make(7, 100_000);
  expect(new Set(tasks.map(({ owner }) => owner)).size).toBe(100_000);
  expect(tasks.every(({ owner }) => /^\S+ .+/.test(owner) && owner.length <= 200)).toBe(true);
  for (const priority of PRIORITIES) {
    const share = tasks.filter((task) => task.priority === priority).length;
    expect(share).toBeGreaterThan(24_000);
    expect(share).toBeLessThan(26_000);
  }
});

test("the mix weighs the priorities; one without weight never comes", () => {
  const tasks = make(3, 10_000, { Low: 3, Major: 1 });
  const count = (priority: string) => tasks.filter((task) => task.priority === priority).length;
  expect(count("Moderate") + count("Critical")).toBe(0);
  expect(count("Low") / count("Major")).toBeGreaterThan(2.7);
  expect(count("Low") / count("Major")).toBeLessThan(3.3);
});

test("making many tasks lets others have their turn", () => {
  const generator = new TaskGenerator({ seed: 1, mix: null });
  generator.makeUpTo(500, 50);
  const before = performance.now();
  expect(generator.makeUpTo(99_999, 4)).toBe(false);
  expect(performance.now() - before).toBeLessThan(250);
});
