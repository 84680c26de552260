"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { classNames, formatCount, useElementWidth, useHydrated } from "@taskpulse/ui";
import { ArrowUp } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { AwaitedRows, awaitsRows } from "./awaited-rows.tsx";
import { ListFooter } from "./list-footer.tsx";
import type { TaskListView } from "./list-view.ts";
import { TaskRow } from "./task-row.tsx";

const ROW_HEIGHT = 34;
const TALL_ROW_HEIGHT = 52;
const FOOTER_HEIGHT = 56;
/** Below rows that are there already. */
const LEAST_AWAITED = 3;
/** Narrower than this, a row takes two lines. */
const ONE_LINE_WIDTH = 520;
/** What the server assumes to render the first rows: the browser corrects it at once. */
const ASSUMED = { width: 640, height: 680 };
const TOP_SLACK = 8;
/** Older rows are asked for before the reader reaches the end. */
const AHEAD_ROWS = 20;

export interface TaskRowsProps {
  list: TaskListView;
  /** Another search is being typed. */
  outdated: boolean;
  /** The rows may be old, and the page says elsewhere why; it goes on by itself. */
  behind: boolean;
  /** Whether to offer the way back to what is new. */
  showsUnseen: boolean;
  /** The reader looks at certain rows, or no longer: they must not move away. */
  onReading: (reading: boolean) => void;
  onOpen: (taskid: string) => void;
  onOlder: () => void;
  /** These rows are on the screen now. */
  onLook: (taskids: readonly string[]) => void;
  showsState: boolean;
}

export function TaskRows(props: TaskRowsProps) {
  const { list, outdated, behind, showsUnseen, showsState, onReading, onOpen, onOlder, onLook } =
    props;
  const viewport = useRef<HTMLDivElement>(null);
  const hydrated = useHydrated();
  const tall = useElementWidth(viewport, ASSUMED.width) < ONE_LINE_WIDTH;
  const { rows } = list;
  const [focused, setFocused] = useState<string | null>(null);
  const [atTop, setAtTop] = useState(true);
  const [within, setWithin] = useState(false);

  const rowHeight = tall ? TALL_ROW_HEIGHT : ROW_HEIGHT;
  const awaited = awaitsRows(list, behind);
  const [height, setHeight] = useState(ASSUMED.height);
  const footerHeight = awaited
    ? Math.max(LEAST_AWAITED * rowHeight, height - rows.length * rowHeight)
    : FOOTER_HEIGHT;
  const virtual = useVirtualizer({
    count: rows.length + 1,
    getScrollElement: () => viewport.current,
    estimateSize: (index) => (index === rows.length ? footerHeight : rowHeight),
    getItemKey: (index) => rows[index]?.taskid ?? "footer",
    overscan: 8,
    initialRect: ASSUMED,
  });
  // Another row height means other places.
  useEffect(() => virtual.measure(), [tall, footerHeight]);
  const shownHeight = virtual.scrollRect?.height ?? 0;
  useEffect(() => {
    if (shownHeight > 0) setHeight(shownHeight);
  }, [shownHeight]);

  const reading = !atTop || within;
  useEffect(() => onReading(reading), [reading, onReading]);
  useEffect(() => () => onReading(false), [onReading]);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const wantsOlder =
    hydrated &&
    lastShown >= rows.length - AHEAD_ROWS &&
    list.loading === "no" &&
    list.failure === null &&
    !list.complete;
  useEffect(() => {
    if (wantsOlder) onOlder();
  }, [wantsOlder, onOlder]);

  const looked = items.flatMap(({ index }) => rows[index]?.taskid ?? []).join();
  useEffect(() => {
    if (looked !== "") onLook(looked.split(","));
  }, [looked, onLook]);

  const toTop = () => {
    viewport.current?.scrollTo({ top: 0 });
    setFocused(null);
    setWithin(false);
  };

  const focusedIndex = focused === null ? -1 : rows.findIndex((row) => row.taskid === focused);
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, items.length - 10);
    const steps: Record<string, number> = {
      ArrowDown: focusedIndex + 1,
      ArrowUp: focusedIndex - 1,
      PageDown: focusedIndex + page,
      PageUp: focusedIndex - page,
      Home: 0,
      End: rows.length - 1,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = Math.min(rows.length - 1, Math.max(0, step));
    const target = rows[index];
    if (target === undefined) return;
    virtual.scrollToIndex(index);
    setFocused(target.taskid);
    setWithin(true);
    // The row may have to be rendered first.
    requestAnimationFrame(() =>
      viewport.current?.querySelector<HTMLElement>(`[data-taskid="${target.taskid}"]`)?.focus(),
    );
  };

  return (
    <div className="relative min-h-0 grow">
      {showsUnseen && list.unseen > 0 ? (
        <button
          type="button"
          onClick={toTop}
          className="absolute top-2 left-1/2 z-10 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 text-label font-medium text-on-accent shadow-over hover:bg-accent-strong"
        >
          <ArrowUp aria-hidden size={14} />
          {formatCount(list.unseen)} new
        </button>
      ) : null}
      <div
        ref={viewport}
        onScroll={({ currentTarget }) => setAtTop(currentTarget.scrollTop <= TOP_SLACK)}
        className={classNames(
          "absolute inset-0 overscroll-contain [overflow-anchor:none]",
          // Rows that are only awaited are nothing to scroll through.
          awaited && rows.length === 0 ? "overflow-y-hidden" : "overflow-y-auto",
          // By colour: text that is made translucent is too pale to read.
          behind && "text-muted saturate-50",
        )}
      >
        <ul
          aria-label="Tasks, newest first"
          onKeyDown={onKeyDown}
          onFocus={({ target }) => setWithin(target.matches(":focus-visible"))}
          onBlur={({ currentTarget, relatedTarget }) => {
            if (!currentTarget.contains(relatedTarget)) setWithin(false);
          }}
          style={{ height: virtual.getTotalSize() }}
          className={classNames(
            "relative transition-opacity noscript:opacity-100",
            outdated && "opacity-50",
          )}
        >
          {items.map(({ index, start, size, key }) => {
            const row = rows[index];
            return row === undefined ? (
              <li key={key} className="absolute inset-x-0" style={{ top: start, height: size }}>
                {awaited ? (
                  <AwaitedRows
                    height={size}
                    rowHeight={rowHeight}
                    tall={tall}
                    showsState={showsState}
                    still={behind}
                  />
                ) : (
                  <ListFooter list={list} onRetry={onOlder} />
                )}
              </li>
            ) : (
              <TaskRow
                key={key}
                row={row}
                top={start}
                height={size}
                tall={tall}
                showsState={showsState}
                utc={!hydrated}
                tabbable={focusedIndex === -1 ? index === 0 : index === focusedIndex}
                onOpen={onOpen}
              />
            );
          })}
        </ul>
      </div>
    </div>
  );
}
