"use client";

import type { TaskDetail } from "@taskpulse/contract";
import {
  Button,
  CopyButton,
  formatAge,
  formatDateTime,
  Notice,
  PriorityMark,
  SignInLink,
  Skeleton,
  useNow,
  visibleText,
} from "@taskpulse/ui";
import { type ReactNode, useEffect, useState } from "react";
import { JsonView } from "./json-view.tsx";
import { type ApiAnswer, readDetail } from "./read-api.ts";

export interface TaskDetailsProps {
  taskid: string;
  onShowBatch: (batchid: string) => void;
}

export function TaskDetails({ taskid, onShowBatch }: TaskDetailsProps) {
  const [answer, setAnswer] = useState<ApiAnswer<TaskDetail> | null>(null);
  const [tries, setTries] = useState(0);
  // Another try reads anew.
  useEffect(() => {
    const abort = new AbortController();
    setAnswer(null);
    // Never rejects: a failure is an answer.
    void readDetail(taskid, abort.signal).then((answer) => {
      if (!abort.signal.aborted) setAnswer(answer);
    });
    return () => abort.abort();
  }, [taskid, tries]);

  if (answer === null) return <Loading />;
  if (!answer.ok) {
    const gone = answer.status === 404;
    return (
      <div className="p-4">
        <Notice
          urgent
          kind={gone ? "info" : "error"}
          title={gone ? "This task is not kept any more" : "The task could not be read"}
          action={
            gone ? null : answer.status === 401 ? (
              <SignInLink />
            ) : (
              <Button size="small" onClick={() => setTries(tries + 1)}>
                Try again
              </Button>
            )
          }
        >
          {answer.reason}
        </Notice>
      </div>
    );
  }
  return <Details detail={answer.value} onShowBatch={onShowBatch} />;
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

function Details({
  detail,
  onShowBatch,
}: {
  detail: TaskDetail;
  onShowBatch: (batchid: string) => void;
}) {
  const now = useNow(1_000, Date.parse(detail.received_at));
  return (
    <div className="flex min-h-0 grow flex-col gap-5 overflow-y-auto p-4">
      <dl className="grid grid-cols-[88px_minmax(0,1fr)] items-center gap-x-3 gap-y-1">
        <Field name="Priority">
          <PriorityMark priority={detail.priority} />
        </Field>
        <TextField name="Owner" text={detail.owner} />
        <TextField name="Batch" text={detail.batchid} mono />
        <TextField name="Task id" text={String(detail.id)} mono />
        <TextField name="taskid" text={detail.taskid} mono />
        {detail.webhook_id === null ? null : (
          <TextField name="webhook-id" text={detail.webhook_id} mono />
        )}
        <Field name="State">{detail.state}</Field>
      </dl>
      <Button size="small" className="self-start" onClick={() => onShowBatch(detail.batchid)}>
        Show this batch
      </Button>
      <section aria-labelledby="timeline-title">
        <h3 id="timeline-title" className="mb-2 text-label font-medium text-muted">
          Timeline
        </h3>
        <ol className="flex flex-col gap-2 border-l-2 border-line pl-4">
          {detail.timeline.map(({ at, event }) => (
            <li key={`${at} ${event}`} className="relative flex flex-wrap items-baseline gap-x-3">
              <span
                aria-hidden
                className="absolute top-1.5 -left-[21px] size-2 rounded-full bg-accent"
              />
              <span className="font-medium">{event}</span>
              <time dateTime={at} className="font-mono text-label text-muted">
                {formatDateTime(at, { millis: true })}
              </time>
              <span className="text-label text-muted">{formatAge(at, now)}</span>
            </li>
          ))}
        </ol>
      </section>
      <JsonView task={detail.task} />
    </div>
  );
}

function Field({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-label text-muted">{name}</dt>
      <dd className="flex min-h-8 items-center gap-1">{children}</dd>
    </>
  );
}

/** What the sender wrote, as it can be seen; copied as it is. */
function TextField({ name, text, mono }: { name: string; text: string; mono?: boolean }) {
  return (
    <Field name={name}>
      <span className={mono ? "min-w-0 font-mono text-label break-all" : "min-w-0 break-words"}>
        {visibleText(text)}
      </span>
      <CopyButton text={text} what={name} />
    </Field>
  );
}
