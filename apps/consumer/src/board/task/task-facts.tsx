"use client";

import type { TaskDetail } from "@taskpulse/contract";
import {
  CopyButton,
  formatDateTime,
  formatDuration,
  PriorityMark,
  StateMark,
  visibleText,
} from "@taskpulse/ui";
import type { ReactNode } from "react";
import { dueWords } from "./due-words.ts";

export interface TaskFactsProps {
  detail: TaskDetail;
  now: number;
}

/** Who, what, and how it stands. */
export function TaskFacts({ detail, now }: TaskFactsProps) {
  const { priority, state, owner, batchid, id, taskid, webhook_id, runnable, round } = detail;
  const due = dueWords(detail, now);
  const took = tookMs(detail);
  return (
    <dl className="grid grid-cols-[88px_minmax(0,1fr)] items-center gap-x-3 gap-y-1">
      <Field name="State">
        <span className="flex flex-wrap items-center gap-x-2">
          <StateMark state={state} />
          {runnable ? null : <span className="text-label text-muted">only recorded, not run</span>}
          {due === null ? null : (
            <span className="text-label text-muted" title={formatDateTime(due.at)}>
              {due.words}
            </span>
          )}
          {took === null ? null : (
            <span className="text-label text-muted">after {formatDuration(took)}</span>
          )}
          {round > 0 ? (
            <span className="text-label text-muted">
              {round === 1 ? "retried by hand once" : `retried by hand ${round} times`}
            </span>
          ) : null}
        </span>
      </Field>
      <Field name="Priority">
        <PriorityMark priority={priority} />
      </Field>
      <TextField name="Owner" text={owner} />
      <TextField name="Batch" text={batchid} mono />
      <TextField name="Task id" text={String(id)} mono />
      <TextField name="taskid" text={taskid} mono />
      {webhook_id === null ? null : <TextField name="webhook-id" text={webhook_id} mono />}
    </dl>
  );
}

/** From the first attempt of the last round to the end. */
function tookMs({ started_at, ended_at }: TaskDetail): number | null {
  if (started_at === null || ended_at === null) return null;
  return Math.max(0, Date.parse(ended_at) - Date.parse(started_at));
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-label text-muted">{name}</dt>
      <dd className="flex min-h-8 min-w-0 items-center gap-1">{children}</dd>
    </>
  );
}

/** What the sender wrote, as it can be seen; copied as it is. */
function TextField({ name, text, mono = false }: { name: string; text: string; mono?: boolean }) {
  return (
    <Field name={name}>
      <span className={mono ? "min-w-0 font-mono text-label break-all" : "min-w-0 break-words"}>
        {visibleText(text)}
      </span>
      <CopyButton text={text} what={name} />
    </Field>
  );
}
