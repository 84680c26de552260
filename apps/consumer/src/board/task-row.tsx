import type { TaskRow as Row } from "@taskpulse/contract";
import {
  classNames,
  formatTime,
  PriorityMark,
  StateMark,
  shortId,
  visibleText,
} from "@taskpulse/ui";
import { memo } from "react";
import { taskLine } from "./task-line.ts";

const COLUMNS = {
  wide: "grid-cols-[84px_88px_minmax(0,1fr)_minmax(0,80px)_minmax(0,64px)] max-sm:grid-cols-[84px_88px_minmax(0,1fr)_auto]",
  wideWithState:
    "grid-cols-[84px_84px_minmax(0,1fr)_minmax(0,76px)_minmax(0,56px)_88px] max-sm:grid-cols-[84px_84px_minmax(0,1fr)_88px]",
  tall: "grid-cols-[96px_minmax(0,1fr)_auto] content-center gap-y-0.5",
};

/**
 * The columns of a row, and of what stands in for one. The server does not know how wide the list is:
 * on a narrow screen its rows leave the batch out until they are measured.
 */
export function rowColumns(tall: boolean, showsState: boolean): string {
  return tall ? COLUMNS.tall : showsState ? COLUMNS.wideWithState : COLUMNS.wide;
}

export interface TaskRowProps {
  row: Row;
  /** Place and size in pixels. */
  top: number;
  height: number;
  /** Two lines instead of one. */
  tall: boolean;
  showsState: boolean;
  utc: boolean;
  /** One row of the list is reached by Tab, the others by the arrow keys. */
  tabbable: boolean;
  onOpen: (taskid: string) => void;
}

/** The eye gets columns; everyone and everything else gets the line. */
export const TaskRow = memo(function TaskRow(props: TaskRowProps) {
  const { row, top, height, tall, showsState, utc, tabbable, onOpen } = props;
  const id = visibleText(String(row.id));
  const batch = visibleText(shortId(row.batchid, 8));
  return (
    <li className="absolute inset-x-0 border-b border-line" style={{ top, height }}>
      <button
        type="button"
        data-taskid={row.taskid}
        tabIndex={tabbable ? 0 : -1}
        onClick={() => onOpen(row.taskid)}
        className="block size-full text-left transition-colors hover:bg-sunken focus-visible:-outline-offset-2"
      >
        <span className="sr-only">{taskLine(row)}</span>
        {showsState ? <span className="sr-only"> -- State = {row.state}</span> : null}
        <span
          aria-hidden
          className={classNames(
            "grid size-full items-center gap-x-3 px-4 text-label",
            rowColumns(tall, showsState),
          )}
        >
          <span className={classNames("font-mono text-muted", tall && "order-3")}>
            {formatTime(row.received_at, { millis: true, utc })}
          </span>
          <PriorityMark priority={row.priority} className={tall ? "order-1" : ""} />
          <span
            className={classNames(
              "truncate text-body",
              tall && "order-2",
              tall && !showsState && "col-span-2",
            )}
          >
            {visibleText(row.owner)}
          </span>
          <span
            className={classNames(
              "truncate font-mono text-muted",
              tall ? "order-4 col-span-2 -mt-px" : "max-sm:hidden",
            )}
          >
            {tall ? `${batch} · ${id}` : batch}
          </span>
          {tall ? null : (
            <span
              className={classNames("truncate text-right font-mono", showsState && "max-sm:hidden")}
            >
              {id}
            </span>
          )}
          {showsState ? (
            <StateMark state={row.state} className={tall ? "order-2 justify-self-end" : ""} />
          ) : null}
        </span>
      </button>
    </li>
  );
});
