"use client";

import { SCHEDULE_STATES, type SchedulePage, type ScheduleView } from "@taskpulse/contract";
import { Button, EmptyState } from "@taskpulse/ui";
import { Plus } from "lucide-react";
import { useCallback } from "react";
import type { BoardStart } from "../../board/board-model.ts";
import { useQuery } from "../../board/use-query.ts";
import { Choice } from "../choice.tsx";
import { ListFrame } from "../lists/list-frame.tsx";
import { useCursorList } from "../lists/use-cursor-list.ts";
import { Place } from "../place.tsx";
import { useOpenTask } from "../use-open-task.tsx";
import { usePlace } from "../use-place.ts";
import { NewSchedule } from "./new-schedule.tsx";
import { ScheduleItem } from "./schedule-item.tsx";

const LOOK_EVERY_MS = 3_000;
const itemsOf = (page: SchedulePage): readonly ScheduleView[] => page.schedules;
const idOf = (schedule: ScheduleView) => schedule.scheduleid;

export function SchedulesPage({ start }: { start: BoardStart }) {
  const place = usePlace(start);
  const { query, change } = useQuery();
  const { openTask, dialog } = useOpenTask(place.model);
  const state = SCHEDULE_STATES.find((s) => s === query.get("state"));
  const isNew = query.get("new") !== null;
  const list = useCursorList<SchedulePage, ScheduleView>({
    ...{ path: `/api/schedules${state === undefined ? "" : `?state=${state}`}`, itemsOf, idOf },
    everyMs: LOOK_EVERY_MS,
  });
  const set = useCallback(
    (name: string, value: string | undefined) =>
      change((now) => {
        if (value === undefined) now.delete(name);
        else now.set(name, value);
        return now;
      }, true),
    [change],
  );
  const create = (
    <Button kind="primary" icon={<Plus aria-hidden size={16} />} onClick={() => set("new", "1")}>
      New schedule
    </Button>
  );
  return (
    <Place
      place={place}
      heading="Schedules"
      lead="Tasks that are made at a time, every so often, or by cron. Each planned run is made once, however many workers there are."
      actions={create}
    >
      <ListFrame
        list={list}
        name="Schedules, newest first"
        trouble="The schedules could not be read"
        itemHeight={66}
        tools={
          <Choice
            name="State"
            all="All states"
            options={SCHEDULE_STATES}
            chosen={state}
            onChoose={(next) => set("state", next)}
          />
        }
        empty={
          <EmptyState
            className="min-h-64"
            title={state === undefined ? "There is no schedule yet." : `None is ${state}.`}
            action={
              state === undefined ? null : (
                <Button size="small" onClick={() => set("state", undefined)}>
                  Show all
                </Button>
              )
            }
          >
            {state === undefined
              ? "A new one says when it runs before it is made."
              : "Schedules in other states are not shown."}
          </EmptyState>
        }
      >
        {(schedule) => (
          <ScheduleItem
            key={schedule.scheduleid}
            schedule={schedule}
            now={place.now}
            onOpenTask={openTask}
            onChanged={list.readAgain}
            onDeleted={() => list.drop(schedule.scheduleid)}
          />
        )}
      </ListFrame>
      <NewSchedule
        open={isNew}
        now={place.now}
        onClose={() => set("new", undefined)}
        onCreated={() => {
          set("new", undefined);
          list.toNewest();
        }}
      />
      {dialog}
    </Place>
  );
}
