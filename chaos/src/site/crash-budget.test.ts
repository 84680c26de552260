import { expect, it } from "vitest";
import { CrashBudget } from "./crash-budget.ts";

it("allows three crashes a minute, and begins anew with a new launcher", () => {
  let now = 0;
  const budget = new CrashBudget(() => now);
  for (let i = 0; i < 3; i++) {
    expect(budget.allows).toBe(true);
    budget.spend();
    now += 10_000;
  }
  expect(budget.allows).toBe(false);
  now = 62_000;
  expect(budget.allows).toBe(true);
  budget.spend();
  expect(budget.allows).toBe(false);
  budget.forget();
  expect(budget.allows).toBe(true);
});
