"use client";

import { isFinal, type TaskDetail } from "@taskpulse/contract";
import { Button } from "@taskpulse/ui";
import { Ban, RotateCcw } from "lucide-react";
import { Said } from "../../places/said.tsx";
import { useAct } from "../../places/use-act.ts";

export interface TaskActionsProps {
  detail: TaskDetail;
  onShowBatch: (batchid: string) => void;
  /** Something was done to it, or turned out to have been. */
  onChanged: () => void;
}

const DONE = {
  retry: "It is run again, with the request as it was stored.",
  cancel: "It is cancelled.",
} as const;

/** What can be done to a task that is run: try a failed or cancelled one again, cancel an open one. */
export function TaskActions({ detail, onShowBatch, onChanged }: TaskActionsProps) {
  const { acting, outcome, act } = useAct(onChanged);
  const { taskid, state, runnable, batchid } = detail;
  const canRetry = runnable && (state === "failed" || state === "cancelled");
  const canCancel = runnable && !isFinal(state);
  const run = (command: keyof typeof DONE) =>
    act({ path: `/api/tasks/${taskid}/${command}`, done: DONE[command] });
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2">
      {canRetry ? (
        <Button
          size="small"
          busy={acting}
          onClick={() => run("retry")}
          icon={<RotateCcw aria-hidden size={14} />}
        >
          Retry
        </Button>
      ) : null}
      {canCancel ? (
        <Button
          size="small"
          kind="danger"
          busy={acting}
          onClick={() => run("cancel")}
          icon={<Ban aria-hidden size={14} />}
        >
          Cancel
        </Button>
      ) : null}
      <Button size="small" onClick={() => onShowBatch(batchid)}>
        Show this batch
      </Button>
      <Said outcome={outcome} />
    </div>
  );
}
