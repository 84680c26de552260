"use client";

import type { SchedulePreview } from "@taskpulse/contract";
import { useEffect, useState } from "react";
import { type ApiAnswer, sendJson } from "../../board/read-api.ts";
import { inWords } from "../in-words.ts";
import { formatInZone } from "./timing-draft.ts";

const TYPING_MS = 300;

export interface Preview {
  answer: ApiAnswer<SchedulePreview> | null;
  /** What the answer is of is no longer what is written. */
  outdated: boolean;
}

/** When a schedule with these times would run, as the server itself computes it. */
export function usePreview(request: Record<string, unknown>): Preview {
  const wanted = JSON.stringify(request);
  const [told, setTold] = useState<{ of: string; answer: ApiAnswer<SchedulePreview> } | null>(null);
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(async () => {
      const body: unknown = JSON.parse(wanted);
      const answer = await sendJson<SchedulePreview>("/api/schedules/preview", { body });
      if (!gone) setTold({ of: wanted, answer });
    }, TYPING_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [wanted]);
  return { answer: told?.answer ?? null, outdated: told?.of !== wanted };
}

export interface NextRunsProps {
  preview: Preview;
  /** Whose clock the times are of; null: the reader's. */
  timezone: string | null;
  now: number;
}

/** The first runs; their places are kept while they are computed. */
export function NextRuns({ preview: { answer, outdated }, timezone, now }: NextRunsProps) {
  const runs = answer?.ok ? answer.value.runs : [];
  return (
    <section
      aria-labelledby="next-title"
      className="rounded border border-line bg-sunken px-3 py-2"
    >
      <h3 id="next-title" className="text-label font-medium text-muted">
        Next runs{timezone === null ? "" : `, ${timezone}`}
      </h3>
      <ol className={`mt-1 min-h-25 text-label ${outdated ? "opacity-50" : ""}`}>
        {runs.map((at) => (
          <li key={at} className="flex justify-between gap-3 leading-5">
            <span className="font-mono">{formatInZone(at, timezone)}</span>
            <span className="text-muted">{inWords(Date.parse(at) - now)}</span>
          </li>
        ))}
        {answer?.ok === false ? (
          <li className="list-none text-muted">
            {answer.errors.length > 0
              ? "None: what is written above is not a time yet."
              : answer.reason}
          </li>
        ) : null}
      </ol>
    </section>
  );
}
