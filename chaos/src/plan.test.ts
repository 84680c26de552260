import { expect, it } from "vitest";
import { Chance } from "./chance.ts";
import { FAULT_KINDS } from "./faults/fault.ts";
import { planFaults, takeNext } from "./plan.ts";

it("plans so many of each kind, in an order that the seed decides", () => {
  const plan = planFaults(new Chance(7), { ofEach: 3 });
  for (const kind of FAULT_KINDS) {
    expect(plan.filter((planned) => planned.kind === kind)).toHaveLength(3);
  }
  expect(planFaults(new Chance(7), { ofEach: 3 })).toEqual(plan);
  expect(planFaults(new Chance(8), { ofEach: 3 })).not.toEqual(plan);
});

it("plans only some kinds", () => {
  const plan = planFaults(new Chance(1), { ofEach: 2, only: "worker" });
  const kinds = new Set(plan.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(["kill worker", "freeze worker", "worker cut off"]));
  expect(plan).toHaveLength(6);
});

it("puts off what may not happen now", () => {
  const plan = planFaults(new Chance(1), { ofEach: 1 });
  const [first] = plan;
  expect(takeNext(plan, (kind) => kind !== first?.kind)).not.toEqual(first);
  expect(takeNext(plan, () => true)).toEqual(first);
  expect(takeNext(plan, () => false)).toBeNull();
  expect(plan).toHaveLength(FAULT_KINDS.length - 2);
});
