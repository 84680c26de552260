"use client";

import { Button, formatCount, Notice, ProgressBar } from "@taskpulse/ui";
import { useCallback, useEffect, useState } from "react";
import { failureWords } from "../failure-words.ts";
import { Said } from "../said.tsx";
import { useAct } from "../use-act.ts";
import { useReading } from "../use-reading.ts";

const LOOK_EVERY_MS = 700;

/** What retries and replays of many have in common. */
export interface JobView {
  state: "running" | "done" | "cancelled";
  total: number;
  looked: number;
}

export interface JobProgressProps<J extends JobView> {
  /** `/api/retries/<jobid>` */
  path: string;
  /** What it does: "Retrying tasks". */
  title: string;
  /** What has come of it so far, in a sentence. */
  words: (job: J) => string;
  /** Whether all went well, of one that has ended. */
  isClean: (job: J) => boolean;
  onEnded: () => void;
  onClose: () => void;
}

/** A job that works through many: how far it has come, what came of it, and a way to stop it. */
export function JobProgress<J extends JobView>(props: JobProgressProps<J>) {
  const { path, title, words, isClean, onEnded, onClose } = props;
  const [told, setTold] = useState(false);
  const everyMs = told ? undefined : LOOK_EVERY_MS;
  const { value: job, failure, readAgain } = useReading<J>(path, { everyMs });
  const { acting, outcome, act } = useAct(readAgain);
  const cancel = useCallback(
    () => act({ path: `${path}/cancel`, done: "It stops; what was begun goes on." }),
    [act, path],
  );
  const isOver = job !== null && job.state !== "running";
  useEffect(() => {
    if (!isOver || told) return;
    setTold(true);
    onEnded();
  }, [isOver, told, onEnded]);

  if (job === null) {
    return failure === null ? (
      <p role="status" className="text-muted">
        {title}: begun
      </p>
    ) : (
      <Notice
        kind={failure.status === 404 ? "info" : "warn"}
        title={failure.status === 404 ? "That job is not kept any more" : `${title}: not readable`}
        action={
          <Button size="small" onClick={onClose}>
            Close
          </Button>
        }
      >
        {failureWords(failure)}
      </Notice>
    );
  }
  return (
    <section
      aria-label={title}
      className="flex flex-col gap-2 rounded border border-line bg-raised px-4 py-3"
    >
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
        <p className="grow font-medium">
          {title}: {job.state === "running" ? "under way" : job.state}
        </p>
        <Said outcome={outcome} />
        {isOver ? (
          <Button size="small" onClick={onClose}>
            Close
          </Button>
        ) : (
          <Button size="small" busy={acting} onClick={cancel}>
            Stop
          </Button>
        )}
      </div>
      <ProgressBar
        label={title}
        total={Math.max(1, job.total)}
        segments={[
          {
            name: "looked at",
            value: isOver && job.state === "done" ? Math.max(1, job.total) : job.looked,
            tone: isOver ? (isClean(job) ? "good" : "warn") : "accent",
          },
        ]}
      />
      <p role={isOver ? "status" : undefined} className="text-label text-muted">
        {formatCount(job.looked)} of {formatCount(job.total)} looked at. {words(job)}
      </p>
    </section>
  );
}
