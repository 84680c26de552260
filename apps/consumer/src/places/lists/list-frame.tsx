"use client";

import { Button, classNames, formatCount, Skeleton } from "@taskpulse/ui";
import { ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { failureWords } from "../failure-words.ts";
import { Trouble } from "../trouble.tsx";
import type { CursorList } from "./use-cursor-list.ts";

export interface ListFrameProps<P, T> {
  list: CursorList<P, T>;
  /** What is listed, for screen readers: "Dead letters, latest first". */
  name: string;
  /** "The dead letters could not be read". */
  trouble: string;
  /** Stands in for a list without items. */
  empty: ReactNode;
  /** What chooses and acts on all of it. */
  tools?: ReactNode;
  /** In pixels, of what stands in for an item while the first are read. */
  itemHeight: number;
  children: (item: T) => ReactNode;
}

/** A list in all its states: awaited, empty, with items and more to come, or not to be had. */
export function ListFrame<P, T>(props: ListFrameProps<P, T>) {
  const { list, name, trouble, empty, tools, itemHeight, children } = props;
  const { page, items, unseen, failure } = list;
  return (
    <section aria-label={name} className="rounded border border-line bg-raised">
      {tools === undefined ? null : (
        <div className="flex min-h-13 flex-wrap items-center gap-2 border-b border-line px-3 py-2">
          {tools}
        </div>
      )}
      <div className={classNames("relative", items.length === 0 && "min-h-64")}>
        {unseen > 0 ? (
          <button
            type="button"
            onClick={list.toNewest}
            className="absolute top-2 left-1/2 z-10 flex h-8 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3 text-label font-medium text-on-accent shadow-over hover:bg-accent-strong"
          >
            <ArrowUp aria-hidden size={14} />
            {formatCount(unseen)} new
          </button>
        ) : null}
        {page === null && failure !== null ? (
          <Trouble title={trouble} failure={failure} onRetry={list.readAgain} className="m-3" />
        ) : page === null ? (
          <Awaited height={itemHeight} />
        ) : items.length === 0 ? (
          empty
        ) : (
          <ul
            aria-label={name}
            onPointerEnter={() => list.hold(true)}
            onPointerLeave={({ currentTarget }) =>
              list.hold(currentTarget.contains(document.activeElement))
            }
            onFocus={() => list.hold(true)}
            onBlur={({ currentTarget, relatedTarget }) => {
              if (!currentTarget.contains(relatedTarget)) list.hold(false);
            }}
          >
            {items.map((item) => children(item))}
          </ul>
        )}
      </div>
      {page === null || items.length === 0 || list.complete ? null : (
        <div className="flex flex-wrap items-center justify-center gap-3 border-t border-line p-2">
          {list.moreFailure === null ? null : (
            <span role="alert" className="text-label text-bad">
              {failureWords(list.moreFailure)}
            </span>
          )}
          <Button size="small" busy={list.loadingMore} onClick={list.more}>
            Show more
          </Button>
        </div>
      )}
    </section>
  );
}

function Awaited({ height }: { height: number }) {
  return (
    <div>
      <span className="sr-only" role="status">
        Reading
      </span>
      {Array.from({ length: 5 }, (_, i) => (
        <div
          key={i}
          style={{ height }}
          className="flex items-center gap-4 border-b border-line px-4 last:border-b-0"
        >
          <Skeleton className="h-3.5 w-20" />
          <Skeleton className="h-3.5 w-16" />
          <Skeleton className="h-3.5 w-1/3" />
        </div>
      ))}
    </div>
  );
}
