import type { Summary, TaskPage } from "@taskpulse/contract";
import type { BoardStart } from "./board-model.ts";
import { readJson, tasksPath } from "./read-api.ts";
import { NO_FILTER, type TaskFilter } from "./task-filter.ts";

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
  // The summary first: the rows then reach at least as far as its cursor, and nothing is missed.
  const start = { ...(await loadSummary(origin, adminToken)), filter };
  if (start.summary === null) return start;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const page = await readJson<TaskPage>(`${origin}${tasksPath(filter)}`, signal, adminToken);
  const { tasks, before } = page.ok ? page.value : { tasks: [], before: undefined };
  return { ...start, tasks, before };
}

/** For a page that lists no tasks. */
export async function loadSummary(
  origin: string,
  adminToken: string | undefined,
): Promise<BoardStart> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const summary = await readJson<Summary>(`${origin}/api/summary`, signal, adminToken);
  const at = Date.now();
  const nothing = { tasks: [], before: undefined, filter: NO_FILTER, at };
  return summary.ok
    ? { ...nothing, summary: summary.value, away: null }
    : { ...nothing, summary: null, away: summary.reason };
}
