"use client";

import type { RunReason, ScheduleView } from "@taskpulse/contract";
import { formatAge, formatDateTime } from "@taskpulse/ui";
import { JsonView } from "../../board/task/json-view.tsx";
import { Part } from "../../board/task/part.tsx";
import { formatInZone, zoneOf } from "./timing-draft.ts";

const WHY: Readonly<Record<RunReason, string>> = {
  on_time: "on time",
  catch_up: "caught up",
  manual: "by hand",
};
const SHOWN_MISSED = 10;

export interface ScheduleDetailsProps {
  schedule: ScheduleView;
  now: number;
  onOpenTask: (taskid: string) => void;
}

/** What came of a schedule so far, and what each run is made of. */
export function ScheduleDetails({ schedule, now, onOpenTask }: ScheduleDetailsProps) {
  const { scheduleid, recent, recent_missed, missed, task } = schedule;
  const zone = zoneOf(schedule);
  return (
    <div className="grid gap-5 pt-1 lg:grid-cols-2">
      <div className="flex flex-col gap-5">
        <Part level={2} id={`runs-${scheduleid}`} title="Latest runs">
          {recent.length === 0 ? (
            <p className="text-label text-muted">None yet.</p>
          ) : (
            <ul className="flex max-h-60 flex-col overflow-y-auto rounded border border-line">
              {recent.map(({ at, fired_at, taskid, why }) => (
                <li key={taskid} className="border-b border-line last:border-b-0">
                  <button
                    type="button"
                    onClick={() => onOpenTask(taskid)}
                    className="flex min-h-8 w-full flex-wrap items-center gap-x-3 px-3 py-1 text-left text-label hover:bg-sunken focus-visible:-outline-offset-2"
                  >
                    <span className="grow font-mono">{formatInZone(at, zone)}</span>
                    <span className="w-18 text-muted">{WHY[why]}</span>
                    <span className="w-20 text-muted" title={formatDateTime(fired_at)}>
                      {formatAge(fired_at, now)}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Part>
        {recent_missed.length === 0 ? null : (
          <Part
            level={2}
            id={`missed-${scheduleid}`}
            title={
              missed === "skip"
                ? "Missed and skipped: nothing ran here at these times"
                : "Missed: nothing ran here at these times"
            }
          >
            <ul className="text-label">
              {recent_missed.slice(0, SHOWN_MISSED).map((at) => (
                <li key={at} className="font-mono leading-5">
                  {formatInZone(at, zone)}
                </li>
              ))}
              {schedule.missed_runs > SHOWN_MISSED ? (
                <li className="text-muted">and {schedule.missed_runs - SHOWN_MISSED} before</li>
              ) : null}
            </ul>
          </Part>
        )}
      </div>
      <JsonView level={2} title="Each run, as JSON" what="the task" value={task} />
    </div>
  );
}
