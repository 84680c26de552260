import { type StateTotals, TASK_STATES, type Totals } from "@taskpulse/contract";
import type { StoredRuns } from "./stored-runs.ts";

/** What the tasks themselves say, of `records` in all; those that are only recorded stay received. */
export function countByState({ runs }: StoredRuns, records: number): StateTotals {
  const counts = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as StateTotals;
  counts.received = records - runs.size;
  for (const { state } of runs.values()) {
    if (state !== undefined) counts[state] += 1;
  }
  return counts;
}

/** How the store's counters and dead letters, and what the product tells, differ from what the tasks say. */
export function miscountedStates(
  stored: StoredRuns,
  summary: Pick<Totals, "byState">,
  records: number,
): string[] {
  const found: string[] = [];
  const counted = countByState(stored, records);
  for (const state of TASK_STATES) {
    const expected = counted[state];
    const total = stored.byState[state];
    if (total !== expected) found.push(`total of ${state}: ${total}, not ${expected}`);
    const told = summary.byState[state];
    if (told !== expected) found.push(`${state} of GET /api/summary: ${told}, not ${expected}`);
  }
  for (const [digit, total] of stored.running.entries()) {
    if (total !== 0) found.push(`running with priority ${digit}: ${total}, not 0`);
  }
  for (const { taskid, state } of stored.runs.values()) {
    if (state === "failed" && !stored.dead.has(taskid)) {
      found.push(`${taskid} has failed and is no dead letter`);
    }
  }
  for (const taskid of stored.dead) {
    if (stored.runs.get(taskid)?.state !== "failed") {
      found.push(`${taskid} is a dead letter and has not failed`);
    }
  }
  return found;
}
