import type { Comparison } from "./compare.ts";
import type { ProducerLine } from "./compare-batches.ts";
import type { BoardLine } from "./compare-boards.ts";
import type { RunFindings } from "./compare-runs.ts";
import type { ScheduleFindings } from "./compare-schedules.ts";

/** What a run has found, once everything has come to rest. */
export interface Findings {
  readonly comparison: Comparison;
  readonly producers: readonly ProducerLine[];
  readonly boards: readonly BoardLine[];
  readonly runs?: RunFindings | undefined;
  readonly schedules?: ScheduleFindings | undefined;
}

const SHOWN = 5;

/** Every way in which the product broke its word; empty when it kept it. */
export function verdict({ comparison, producers, boards, runs, schedules }: Findings): string[] {
  const problems: string[] = [];
  const expectNone = (what: string, found: readonly unknown[]) => {
    if (found.length === 0) return;
    const examples = found.slice(0, SHOWN).map((one) => JSON.stringify(one));
    problems.push(`${what}: ${found.length}, among them ${examples.join(", ")}`);
  };
  for (const { sender, sent, acknowledged, lost, double } of comparison.lines) {
    if (acknowledged < sent) {
      problems.push(`never acknowledged (${sender}): ${sent - acknowledged} of ${sent}`);
    }
    expectNone(`lost (${sender})`, lost);
    expectNone(`double (${sender})`, double);
  }
  expectNone("answers that forgot an acknowledgement", comparison.contradictions);
  expectNone("stored without having been sent", comparison.unknown);
  expectNone("stored otherwise than sent", comparison.altered);
  problems.push(...comparison.miscounted.map((problem) => `counters: ${problem}`));
  for (const { producer, unequal } of producers) {
    expectNone(`batches of producer ${producer} that are not exact`, unequal);
  }
  if (runs !== undefined) {
    expectNone("to be run, but not ended", runs.unended);
    expectNone("run too often", runs.tooOften);
    expectNone("ended for no reason", runs.unexplained);
    expectNone("begun out of turn", runs.outOfTurn);
    expectNone("irregular", runs.irregular);
    expectNone("ended, but not told", runs.untold);
    expectNone("told otherwise", runs.mistold);
    expectNone("left behind", runs.leftovers);
    expectNone("counters of runs", runs.miscounted);
  }
  expectNone("schedules that were not kept", schedules?.unkept ?? []);
  for (const { board, shown, stored, same, disorder } of boards) {
    if (same) continue;
    const list = disorder === null ? "" : `; its list has places ${disorder.join(", ")} of the log`;
    problems.push(`${board} shows ${shown}, the store holds ${stored}${list}`);
  }
  return problems;
}
