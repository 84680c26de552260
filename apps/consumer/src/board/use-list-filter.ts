"use client";

import { useCallback, useEffect } from "react";
import type { BoardModel } from "./board-model.ts";
import { readFilter, type TaskFilter, writeFilter } from "./task-filter.ts";
import { useQuery } from "./use-query.ts";

/** The list's filter, which stands in the address, and the task that is open over it. */
export function useListFilter(model: BoardModel) {
  const { query, change } = useQuery();
  const followAddress = useCallback(() => {
    const filter = readFilter(new URLSearchParams(location.search));
    if (JSON.stringify(filter) === JSON.stringify(model.list.view.filter)) return;
    model.list.restart(filter, model.knownRows());
  }, [model]);
  const wanted = JSON.stringify(readFilter(query));
  // "Back" and links; what is chosen here is followed at once, as a busy page learns it late.
  useEffect(followAddress, [wanted, followAddress]);

  /** Without `push` the step is not kept in the browser's history. Closes the task that is open. */
  const setFilter = useCallback(
    (filter: Partial<TaskFilter>, push = true) => {
      change((now) => {
        now.delete("task");
        return writeFilter(now, filter);
      }, push);
      followAddress();
    },
    [change, followAddress],
  );
  const openTask = useCallback(
    (taskid: string | null) =>
      change((now) => {
        if (taskid === null) now.delete("task");
        else now.set("task", taskid);
        return now;
      }, taskid !== null),
    [change],
  );
  const setState = useCallback((state: TaskFilter["state"]) => setFilter({ state }), [setFilter]);
  return { setFilter, setState, openTask, taskid: query.get("task") };
}

export type ListFilter = ReturnType<typeof useListFilter>;
