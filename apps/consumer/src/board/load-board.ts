import type { Summary, TaskPage } from "@taskpulse/contract";
import type { BoardStart } from "./board-model.ts";
import { readJson, tasksPath } from "./read-api.ts";
import type { TaskFilter } from "./task-filter.ts";

const ANSWER_WITHIN_MS = 2_000;

/**
 * What the page is first rendered with, read over HTTP from `origin`: the process that renders the
 * page shares no modules with the one that serves it. Whoever is shown it has been let in already.
 *
 * @param adminToken needed to read where one is set; it never becomes part of the page
 */
export async function loadBoard(
  origin: string,
  adminToken: string | undefined,
  filter: TaskFilter,
): Promise<BoardStart> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  // The summary first: the rows then reach at least as far as its cursor, and nothing is missed.
  const summary = await readJson<Summary>(`${origin}/api/summary`, signal, adminToken);
  const at = Date.now();
  if (!summary.ok) {
    return { summary: null, tasks: [], before: undefined, filter, away: summary.reason, at };
  }
  const page = await readJson<TaskPage>(`${origin}${tasksPath(filter)}`, signal, adminToken);
  const { tasks, before } = page.ok ? page.value : { tasks: [], before: undefined };
  return { summary: summary.value, tasks, before, filter, away: null, at };
}
