"use client";

import { MAX_ROWS_READ, type TaskDetail, type TaskRow } from "@taskpulse/contract";
import { countOf, StateMark, visibleText } from "@taskpulse/ui";
import { useEffect, useState } from "react";
import { readRows } from "../read-api.ts";
import { Part } from "./part.tsx";

export interface TaskWaitsProps {
  detail: TaskDetail;
  onOpen: (taskid: string) => void;
}

/** The tasks that must succeed before this one is run, and how they stand. */
export function TaskWaits({ detail, onOpen }: TaskWaitsProps) {
  const after = detail.task.after ?? [];
  const asked = after.slice(0, MAX_ROWS_READ).join();
  const [rows, setRows] = useState<ReadonlyMap<string, TaskRow>>(new Map());
  // Whatever this task was told may come from those.
  useEffect(() => {
    if (asked === "") return;
    const abort = new AbortController();
    void readRows(asked.split(","), abort.signal).then((answer) => {
      if (abort.signal.aborted || !answer.ok) return;
      setRows(new Map(answer.value.tasks.map((row) => [row.taskid, row])));
    });
    return () => abort.abort();
  }, [asked, detail]);

  if (after.length === 0) return null;
  const { waits_for, state } = detail;
  return (
    <Part
      id="after-title"
      title={
        state === "waiting"
          ? `Runs after ${countOf(after.length, "task")}, waits for ${waits_for} of them`
          : `Runs after ${countOf(after.length, "task")}`
      }
    >
      <ul className="flex max-h-48 flex-col overflow-y-auto rounded border border-line">
        {after.slice(0, MAX_ROWS_READ).map((taskid) => {
          const row = rows.get(taskid);
          return (
            <li key={taskid} className="border-b border-line last:border-b-0">
              <button
                type="button"
                onClick={() => onOpen(taskid)}
                className="flex min-h-8 w-full items-center gap-3 px-3 py-1 text-left text-label hover:bg-sunken focus-visible:-outline-offset-2"
              >
                <span className="min-w-0 grow truncate">
                  {row === undefined ? (
                    <span className="font-mono">{taskid}</span>
                  ) : (
                    `${visibleText(row.owner)}, task ${visibleText(String(row.id))}`
                  )}
                </span>
                {row === undefined ? (
                  <span className="text-muted">not received, or not kept</span>
                ) : (
                  <StateMark state={row.state} />
                )}
              </button>
            </li>
          );
        })}
      </ul>
      {after.length > MAX_ROWS_READ ? (
        <p className="mt-1 text-label text-muted">
          and {countOf(after.length - MAX_ROWS_READ, "more", "more")}, named in the JSON below
        </p>
      ) : null}
    </Part>
  );
}
