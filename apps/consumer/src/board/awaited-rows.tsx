import { classNames, Skeleton } from "@taskpulse/ui";
import type { TaskListView } from "./list-view.ts";
import { rowColumns } from "./task-row.tsx";

/** Whether rows will follow on those that are shown, by themselves. */
export function awaitsRows({ loading, failure, rows, complete }: TaskListView, behind: boolean) {
  if (loading !== "no") return true;
  if (failure !== null) return behind;
  return rows.length === 0 && !complete;
}

export interface AwaitedRowsProps {
  /** In pixels. */
  height: number;
  rowHeight: number;
  tall: boolean;
  showsState: boolean;
  /** Nothing is under way. */
  still: boolean;
}

/** Stands where rows will be, and as they will stand there. */
export function AwaitedRows({ height, rowHeight, tall, showsState, still }: AwaitedRowsProps) {
  const count = Math.ceil(height / rowHeight);
  const bar = (width: string, place = "") => (
    <Skeleton className={classNames("h-3", width, place, still && "animate-none")} />
  );
  return (
    <div className="h-full overflow-hidden">
      <span className="sr-only">Reading tasks</span>
      {Array.from({ length: count }, (_, at) => (
        <div
          key={at}
          style={{ height: rowHeight }}
          className={classNames(
            "grid items-center gap-x-3 border-b border-line px-4",
            rowColumns(tall, showsState),
          )}
        >
          {tall ? (
            <>
              {bar("w-16")}
              {bar("w-32 max-w-full")}
              {showsState ? bar("w-16") : <span />}
              {bar("w-20")}
              {bar("w-28 max-w-full")}
            </>
          ) : (
            <>
              {bar("w-20")}
              {bar("w-16")}
              {bar("w-32 max-w-full")}
              {bar("w-16 max-w-full", "max-sm:hidden")}
              {bar("w-8", showsState ? "justify-self-end max-sm:hidden" : "justify-self-end")}
              {showsState ? bar("w-16") : null}
            </>
          )}
        </div>
      ))}
    </div>
  );
}
