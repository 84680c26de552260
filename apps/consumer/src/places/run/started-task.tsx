"use client";

import type { TaskDetail } from "@taskpulse/contract";
import { Button, formatTime, Skeleton, StateMark, visibleText } from "@taskpulse/ui";
import type { BoardModel } from "../../board/board-model.ts";
import { dueWords } from "../../board/task/due-words.ts";
import { useTaskDetail } from "../../board/task/use-task-detail.ts";
import { failureWords } from "../failure-words.ts";

const RESULT_CHARS = 300;

export interface StartedTaskProps {
  model: BoardModel;
  taskid: string;
  now: number;
  onOpen: (taskid: string) => void;
}

/** A task that was started on this page, as it is now. */
export function StartedTask({ model, taskid, now, onOpen }: StartedTaskProps) {
  const { value, failure } = useTaskDetail(model, taskid);
  return (
    <li className="flex items-start gap-3 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex min-h-11 min-w-0 flex-1 flex-col gap-1">
        {value === null ? (
          failure === null ? (
            <Skeleton className="h-4 w-2/3" />
          ) : (
            <p className="text-label text-bad">{failureWords(failure)}</p>
          )
        ) : (
          <Told detail={value} now={now} />
        )}
      </div>
      <Button size="small" onClick={() => onOpen(taskid)}>
        Open
      </Button>
    </li>
  );
}

function Told({ detail, now }: { detail: TaskDetail; now: number }) {
  const { state, task, received_at, result, error } = detail;
  const what = task.handler ?? task.call?.url ?? "nothing";
  const due = dueWords(detail, now);
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-3">
        <StateMark state={state} />
        <span className="min-w-0 truncate font-mono text-label">{visibleText(what)}</span>
        <span className="text-label text-muted">{formatTime(received_at)}</span>
      </p>
      {state === "succeeded" ? (
        <p className="line-clamp-3 font-mono text-label break-all">
          {visibleText((JSON.stringify(result) ?? "null").slice(0, RESULT_CHARS))}
        </p>
      ) : null}
      {error === null ? null : (
        <p className="line-clamp-3 text-label break-words">
          <span className="mr-2 font-medium text-bad">{error.type}</span>
          {visibleText(error.message)}
        </p>
      )}
      {due === null ? null : <p className="text-label text-muted">{due.words}</p>}
    </>
  );
}
