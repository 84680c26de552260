"use client";

import type { ScheduleState, ScheduleView } from "@taskpulse/contract";
import {
  Button,
  ConfirmDialog,
  classNames,
  countOf,
  formatAge,
  formatDateTime,
  visibleText,
} from "@taskpulse/ui";
import { Check, ChevronRight, CirclePause, Clock, type LucideIcon } from "lucide-react";
import { useId, useState } from "react";
import { failureWords } from "../failure-words.ts";
import { inWords } from "../in-words.ts";
import { Said } from "../said.tsx";
import { useAct } from "../use-act.ts";
import { ScheduleDetails } from "./schedule-details.tsx";
import { formatInZone, timingWords, zoneOf } from "./timing-draft.ts";

const LOOK: Readonly<Record<ScheduleState, { Icon: LucideIcon; tone: string }>> = {
  active: { Icon: Clock, tone: "text-good" },
  paused: { Icon: CirclePause, tone: "text-warn" },
  done: { Icon: Check, tone: "text-muted" },
};

export interface ScheduleItemProps {
  schedule: ScheduleView;
  now: number;
  onOpenTask: (taskid: string) => void;
  onChanged: () => void;
  onDeleted: () => void;
}

/** One schedule: when it runs, what came of it, and what can be done to it. */
export function ScheduleItem({
  schedule,
  now,
  onOpenTask,
  onChanged,
  onDeleted,
}: ScheduleItemProps) {
  const [open, setOpen] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { acting, outcome, act } = useAct(onChanged);
  const id = useId();
  const { scheduleid, name, state, missed_runs, task } = schedule;
  const { Icon, tone } = LOOK[state];
  const path = `/api/schedules/${scheduleid}`;
  const what = visibleText(task.handler ?? task.call?.url ?? "a task that is only recorded");
  const title = name === null ? what : visibleText(name);
  const zone = zoneOf(schedule);
  return (
    <li className="flex flex-col gap-2 border-b border-line px-3 py-3 last:border-b-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-w-60 flex-1 items-start gap-2 text-left"
        >
          <ChevronRight
            aria-hidden
            size={14}
            className={classNames(
              "mt-[3px] shrink-0 text-muted transition-transform",
              open && "rotate-90",
            )}
          />
          <span className="min-w-0">
            <span className="block font-medium break-words">{title}</span>
            <span className="block text-label text-muted">
              <span className="font-mono">{timingWords(schedule)}</span>
              {zone === null ? "" : ` · ${zone}`}
              {name === null ? "" : " · "}
              {name === null ? null : <span className="font-mono break-all">{what}</span>}
            </span>
          </span>
        </button>
        <div className="flex w-64 flex-col text-label">
          <span className={classNames("flex items-center gap-1.5 font-medium", tone)}>
            <Icon aria-hidden size={14} strokeWidth={2.25} />
            {state}
            {schedule.next_run_at === null ? null : (
              <span className="font-normal text-text">
                runs {inWords(Date.parse(schedule.next_run_at) - now)}
              </span>
            )}
          </span>
          <span className="text-muted">
            {schedule.next_run_at === null
              ? schedule.ended_at === null
                ? "no next run"
                : `ended ${formatAge(schedule.ended_at, now)}`
              : formatInZone(schedule.next_run_at, zone)}
          </span>
        </div>
        <div className="flex w-40 flex-col text-label text-muted">
          <span>
            {countOf(schedule.runs, "run")}
            {schedule.last_run_at === null ? null : (
              <time dateTime={schedule.last_run_at} title={formatDateTime(schedule.last_run_at)}>
                , last {formatAge(schedule.last_run_at, now)}
              </time>
            )}
          </span>
          <span className={missed_runs > 0 ? "font-medium text-warn" : ""}>
            {missed_runs === 0 ? "none missed" : `${countOf(missed_runs, "run")} missed`}
          </span>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            busy={acting}
            onClick={() => act({ path: `${path}/run`, done: "A run has begun." })}
          >
            Run now
          </Button>
          {state === "done" ? null : (
            <Button
              size="small"
              className="min-w-18"
              busy={acting}
              onClick={() =>
                act(
                  state === "paused"
                    ? { path: `${path}/resume`, done: "It runs again." }
                    : { path: `${path}/pause`, done: "It is paused." },
                )
              }
            >
              {state === "paused" ? "Resume" : "Pause"}
            </Button>
          )}
          <Button size="small" kind="ghost" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        </div>
      </div>
      {outcome === null ? null : (
        <div className="pl-5.5">
          <Said outcome={outcome} />
        </div>
      )}
      <div id={id} hidden={!open} className="pl-5.5">
        {open ? <ScheduleDetails {...{ schedule, now, onOpenTask }} /> : null}
      </div>
      <ConfirmDialog
        open={deleting}
        danger
        title={`Delete “${title}”?`}
        yes="Delete it"
        busy={acting}
        problem={outcome?.kind === "failed" ? failureWords(outcome.failure) : null}
        onYes={() =>
          void act({ path, method: "DELETE", done: "It is deleted." }).then(
            (answer) => answer.ok && onDeleted(),
          )
        }
        onNo={() => setDeleting(false)}
      >
        It runs no more. The tasks that it has made stay.
      </ConfirmDialog>
    </li>
  );
}
