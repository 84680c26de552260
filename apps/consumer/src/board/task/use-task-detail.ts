"use client";

import type { TaskDetail } from "@taskpulse/contract";
import { useEffect } from "react";
import { type Reading, useReading } from "../../places/use-reading.ts";
import type { BoardModel } from "../board-model.ts";

/** One task as it is now: read again whenever the board hears that it has changed. */
export function useTaskDetail(model: BoardModel, taskid: string): Reading<TaskDetail> {
  const reading = useReading<TaskDetail>(`/api/tasks/${encodeURIComponent(taskid)}`);
  const { readSoon } = reading;
  useEffect(
    () =>
      model.onTold((change) => {
        if (change.by !== "frame" && change.by !== "snapshot") return;
        if (change.unsure || change.changes.some((one) => one.taskid === taskid)) readSoon();
      }),
    [model, taskid, readSoon],
  );
  return reading;
}
