"use client";

import { SidePanel } from "@taskpulse/ui";
import type { BoardModel } from "../board-model.ts";
import { TaskDetails } from "./task-details.tsx";

export interface TaskDialogProps {
  model: BoardModel;
  /** Closed when null. */
  taskid: string | null;
  onClose: () => void;
  /** Another task, which this one names. */
  onOpen: (taskid: string) => void;
  onShowBatch: (batchid: string) => void;
}

/** One task in full. Its taskid stands in the address, so that it can be shared. */
export function TaskDialog({ model, taskid, onClose, onOpen, onShowBatch }: TaskDialogProps) {
  return (
    <SidePanel open={taskid !== null} title="Task" onClose={onClose}>
      {taskid === null ? null : (
        <TaskDetails
          key={taskid}
          model={model}
          taskid={taskid}
          onOpen={onOpen}
          onShowBatch={onShowBatch}
        />
      )}
    </SidePanel>
  );
}
