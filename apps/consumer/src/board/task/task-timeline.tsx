"use client";

import type { TaskDetail } from "@taskpulse/contract";
import { Button, countOf, formatAge, formatDateTime, StateGlyph } from "@taskpulse/ui";
import { useState } from "react";
import { Part } from "./part.tsx";

/** A task that was retried often has changed its state very often; the end tells most. */
const SHOWN = 9;

/** Its changes of state, oldest first. */
export function TaskTimeline({ detail, now }: { detail: TaskDetail; now: number }) {
  const [all, setAll] = useState(false);
  const { timeline } = detail;
  const hidden = all ? 0 : Math.max(0, timeline.length - SHOWN - 1);
  return (
    <Part
      id="timeline-title"
      title="Timeline"
      beside={
        hidden === 0 ? null : (
          <Button size="small" kind="ghost" onClick={() => setAll(true)}>
            Show {countOf(hidden, "earlier change")}
          </Button>
        )
      }
    >
      <ol className="flex flex-col">
        {timeline.slice(hidden).map(({ at, event }, i) => (
          <li
            key={hidden + i}
            className="group relative grid grid-cols-[auto_minmax(0,1fr)_auto] items-baseline gap-x-3 pb-2 pl-6 sm:grid-cols-[88px_auto_1fr]"
          >
            <span
              aria-hidden
              className="absolute top-4 bottom-[-4px] left-[6.5px] w-px bg-line group-last:hidden"
            />
            <span aria-hidden className="absolute top-[3px] left-0 bg-raised">
              <StateGlyph state={event} />
            </span>
            <span className="font-medium">{event}</span>
            <time
              dateTime={at}
              title={formatDateTime(at, { millis: true })}
              className="font-mono text-label text-muted max-sm:text-right"
            >
              {formatDateTime(at, { millis: true })}
            </time>
            <span className="w-18 text-label text-muted">{formatAge(at, now)}</span>
          </li>
        ))}
      </ol>
    </Part>
  );
}
