import type { Chance } from "./chance.ts";
import { FAULT_KINDS, type FaultKind } from "./faults/fault.ts";

/** One fault to come; `seed` decides its details. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly seed: number;
}

/** So many of each kind, in random order; `only` those that have this in their name. */
export function planFaults(
  chance: Chance,
  { ofEach, only = "" }: { ofEach: number; only?: string },
): PlannedFault[] {
  const wanted = FAULT_KINDS.filter((kind) => kind.includes(only));
  const kinds = wanted.flatMap((kind) => Array.from({ length: ofEach }, () => kind));
  return chance.shuffled(kinds).map((kind) => ({ kind, seed: chance.below(2 ** 32) }));
}

/** Takes the first one that may happen now out of the plan; null when none may. */
export function takeNext(
  plan: PlannedFault[],
  mayHappen: (kind: FaultKind) => boolean,
): PlannedFault | null {
  const index = plan.findIndex(({ kind }) => mayHappen(kind));
  return index < 0 ? null : (plan.splice(index, 1)[0] ?? null);
}
