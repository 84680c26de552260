"use client";

import { useRouter } from "next/navigation";
import { useCallback } from "react";
import type { BoardModel } from "../board/board-model.ts";
import { TaskDialog } from "../board/task/task-dialog.tsx";
import { useQuery } from "../board/use-query.ts";

/** Tasks open over whatever page names them; which one is, stands in the address. */
export function useOpenTask(model: BoardModel) {
  const { query, change } = useQuery();
  const router = useRouter();
  const openTask = useCallback(
    (taskid: string | null) =>
      change((now) => {
        if (taskid === null) now.delete("task");
        else now.set("task", taskid);
        return now;
      }, taskid !== null),
    [change],
  );
  const dialog = (
    <TaskDialog
      model={model}
      taskid={query.get("task")}
      onClose={() => openTask(null)}
      onOpen={openTask}
      onShowBatch={(batchid) => router.push(`/?batchid=${encodeURIComponent(batchid)}`)}
    />
  );
  return { openTask, dialog };
}
