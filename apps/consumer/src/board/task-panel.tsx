"use client";

import { Button, countOf, EmptyState, formatCount, formatTime } from "@taskpulse/ui";
import { Pause, Play } from "lucide-react";
import { memo, type ReactNode, useCallback, useEffect, useState } from "react";
import type { BoardModel } from "./board-model.ts";
import { CsvDownload } from "./csv-download.tsx";
import { FilterBar } from "./filter-bar.tsx";
import type { TaskListView } from "./list-view.ts";
import { csvPath } from "./read-api.ts";
import { TaskDialog } from "./task/task-dialog.tsx";
import { isFiltered, NO_FILTER } from "./task-filter.ts";
import { TaskRows } from "./task-rows.tsx";
import type { ListFilter } from "./use-list-filter.ts";

export interface TaskPanelProps {
  model: BoardModel;
  filtering: ListFilter;
  /** Whether states tell anything: some task was run. */
  showsStates: boolean;
  list: TaskListView;
  /** Of the whole store; null while not known. */
  total: number | null;
  unlisted: number;
  /** The server or its store can't be had, and the page says so. */
  behind: boolean;
  /** When what is listed was last known to be all, while it is not; null when that is not known. */
  heardAt: number | null;
  /** Stands in for the list while the store is empty. */
  firstVisit: ReactNode;
}

export const TaskPanel = memo(function TaskPanel(props: TaskPanelProps) {
  const { model, filtering, list, total, unlisted, behind, heardAt, firstVisit, showsStates } =
    props;
  const [paused, setPaused] = useState(false);
  const [reading, setReading] = useState(false);
  const [typing, setTyping] = useState(false);
  const { setFilter, openTask, taskid } = filtering;
  const held = paused || reading || taskid !== null;
  useEffect(() => (held ? model.list.hold() : model.list.release()), [held, model]);

  const look = useCallback((taskids: readonly string[]) => model.list.look(taskids), [model]);

  const filtered = isFiltered(list.filter);
  const empty = list.rows.length === 0 && list.loading === "no" && list.failure === null;
  return (
    <section
      aria-labelledby="tasks-title"
      className="@container flex h-[70dvh] min-h-105 flex-col rounded border border-line bg-raised md:h-auto md:min-h-0"
    >
      <div className="flex min-h-13 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <div className="flex items-baseline gap-2 whitespace-nowrap @max-[700px]:grow">
          <h2 id="tasks-title" className="text-body font-semibold">
            Tasks
          </h2>
          {heardAt === null ? null : (
            <span className="text-label text-muted">as of {formatTime(heardAt)}</span>
          )}
        </div>
        <FilterBar
          filter={list.filter}
          searching={typing || list.searching}
          showsStates={showsStates}
          onTyping={setTyping}
          onChange={setFilter}
        />
        <Button
          size="small"
          aria-pressed={paused}
          title={paused ? "Show what has arrived and go on" : "Hold the list still"}
          onClick={() => setPaused(!paused)}
          className="min-w-24 @max-[700px]:order-2 noscript:hidden"
          icon={paused ? <Play aria-hidden size={14} /> : <Pause aria-hidden size={14} />}
        >
          {paused && list.unseen > 0
            ? `${formatCount(list.unseen)} new`
            : paused
              ? "resume"
              : "pause"}
        </Button>
        <CsvDownload key={csvPath(list.filter)} filter={list.filter} behind={behind} />
      </div>
      {total === 0 && !filtered ? (
        <div className="min-h-0 grow overflow-y-auto">{firstVisit}</div>
      ) : empty && list.complete ? (
        <EmptyState
          className="grow"
          title={filtered ? "No task matches." : "No task is kept any more."}
          action={
            filtered ? (
              <Button size="small" onClick={() => setFilter(NO_FILTER)}>
                Show all tasks
              </Button>
            ) : null
          }
        >
          {filtered
            ? "Tasks that match appear here as they arrive."
            : "Older ones have been removed after their time; new ones appear here as they arrive."}
        </EmptyState>
      ) : (
        <TaskRows
          list={list}
          outdated={typing}
          behind={behind}
          showsUnseen={!paused}
          onReading={setReading}
          onOpen={openTask}
          onLook={look}
          showsState={showsStates}
          onOlder={() => model.list.loadOlder()}
        />
      )}
      {unlisted > 0 ? (
        <p className="shrink-0 border-t border-line px-4 py-1.5 text-label text-muted">
          {countOf(unlisted, "task")} went by too fast to be listed live; all are counted, and the
          search finds them.
        </p>
      ) : null}
      <TaskDialog
        model={model}
        taskid={taskid}
        onClose={() => openTask(null)}
        onOpen={openTask}
        onShowBatch={(batchid) => setFilter({ ...NO_FILTER, batchid })}
      />
    </section>
  );
});
