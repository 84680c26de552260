"use client";

import type { DeadLetter } from "@taskpulse/contract";
import {
  Button,
  countOf,
  formatAge,
  formatDateTime,
  PriorityMark,
  shortId,
  visibleText,
} from "@taskpulse/ui";
import { RotateCcw } from "lucide-react";
import { taskLine } from "../../board/task-line.ts";
import { Said } from "../said.tsx";
import { useAct } from "../use-act.ts";

export interface DeadTaskProps {
  letter: DeadLetter;
  now: number;
  onOpen: (taskid: string) => void;
  onRetried: () => void;
}

/** A task that failed for good: which, when, why; it can be opened, and run again. */
export function DeadTask({ letter, now, onOpen, onRetried }: DeadTaskProps) {
  const { acting, outcome, act } = useAct(onRetried);
  const { taskid, priority, owner, batchid, id, failed_at, error, attempts, round } = letter;
  const isRetried = outcome?.kind === "done";
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 pr-3 last:border-b-0 sm:flex-nowrap">
      <button
        type="button"
        onClick={() => onOpen(taskid)}
        className="min-w-0 flex-1 px-4 text-left focus-visible:-outline-offset-2"
      >
        <span className="sr-only">
          {taskLine(letter)} -- {error.type}: {visibleText(error.message)}
        </span>
        <span
          aria-hidden
          className="grid grid-cols-[88px_minmax(0,1fr)] items-center gap-x-3 gap-y-0.5 lg:grid-cols-[88px_minmax(0,220px)_minmax(0,1fr)_150px]"
        >
          <PriorityMark priority={priority} className="text-label" />
          <span className="truncate">{visibleText(owner)}</span>
          <span className="line-clamp-2 break-words max-lg:col-span-2 lg:line-clamp-1">
            <span className="mr-2 font-medium text-bad">
              {error.type}
              {error.status === undefined ? "" : ` ${error.status}`}
            </span>
            {visibleText(error.message)}
          </span>
          <span className="truncate text-label text-muted max-lg:col-span-2">
            <time dateTime={failed_at} title={formatDateTime(failed_at)}>
              {formatAge(failed_at, now)}
            </time>
            {attempts === 0 ? "" : `, ${countOf(attempts, "try", "tries")}`}
            {round === 0 ? "" : `, retried ${round} ×`}
            <span className="lg:hidden">
              {" "}
              · {visibleText(shortId(batchid, 8))} · {visibleText(String(id))}
            </span>
          </span>
        </span>
      </button>
      <div className="flex items-center gap-3 max-sm:pl-4">
        <Said outcome={outcome} />
        <Button
          size="small"
          busy={acting}
          disabled={isRetried}
          aria-label={`Retry the task of ${visibleText(owner)}`}
          icon={<RotateCcw aria-hidden size={14} />}
          onClick={() => act({ path: `/api/tasks/${taskid}/retry`, done: "It is run again." })}
        >
          Retry
        </Button>
      </div>
    </li>
  );
}
