"use client";

import type { TaskDetail } from "@taskpulse/contract";
import { Notice, Skeleton, useNow } from "@taskpulse/ui";
import { Trouble } from "../../places/trouble.tsx";
import type { BoardModel } from "../board-model.ts";
import { AttemptsTable } from "./attempts-table.tsx";
import { JsonView } from "./json-view.tsx";
import { TaskActions } from "./task-actions.tsx";
import { TaskDeliveries } from "./task-deliveries.tsx";
import { TaskFacts } from "./task-facts.tsx";
import { TaskOutcome } from "./task-outcome.tsx";
import { TaskTimeline } from "./task-timeline.tsx";
import { TaskWaits } from "./task-waits.tsx";
import { useTaskDetail } from "./use-task-detail.ts";

export interface TaskDetailsProps {
  model: BoardModel;
  taskid: string;
  onOpen: (taskid: string) => void;
  onShowBatch: (batchid: string) => void;
}

export function TaskDetails({ model, taskid, onOpen, onShowBatch }: TaskDetailsProps) {
  const { value, failure, readAgain } = useTaskDetail(model, taskid);
  if (value !== null) {
    return <Details detail={value} {...{ onOpen, onShowBatch, onChanged: readAgain }} />;
  }
  if (failure === null) return <Loading />;
  return (
    <div className="p-4">
      {failure.status === 404 ? (
        <Notice urgent title="This task is not kept any more">
          {failure.reason}
        </Notice>
      ) : (
        <Trouble title="The task could not be read" failure={failure} onRetry={readAgain} />
      )}
    </div>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-4 p-4">
      <span className="sr-only" role="status">
        Reading the task
      </span>
      {["w-1/2", "w-2/3", "w-1/3", "w-3/4", "w-1/2"].map((width, i) => (
        <Skeleton key={i} className={`h-4 ${width}`} />
      ))}
      <Skeleton className="h-40 w-full" />
    </div>
  );
}

interface DetailsProps {
  detail: TaskDetail;
  onOpen: (taskid: string) => void;
  onShowBatch: (batchid: string) => void;
  onChanged: () => void;
}

function Details({ detail, onOpen, onShowBatch, onChanged }: DetailsProps) {
  const now = useNow(1_000, Date.parse(detail.received_at));
  return (
    <div className="flex min-h-0 grow flex-col gap-5 overflow-y-auto p-4">
      <TaskFacts detail={detail} now={now} />
      <TaskActions detail={detail} onShowBatch={onShowBatch} onChanged={onChanged} />
      <TaskOutcome detail={detail} />
      <TaskWaits detail={detail} onOpen={onOpen} />
      <AttemptsTable attempts={detail.attempts} now={now} />
      <TaskTimeline detail={detail} now={now} />
      <TaskDeliveries detail={detail} now={now} />
      <JsonView title="All fields, as JSON" what="the JSON" value={detail.task} />
    </div>
  );
}
