"use client";

import { Place } from "../places/place.tsx";
import { usePlace } from "../places/use-place.ts";
import type { BoardStart } from "./board-model.ts";
import { FirstVisit } from "./first-visit.tsx";
import { MatrixPanel } from "./matrix-panel.tsx";
import { Pulse } from "./pulse.tsx";
import { hasRuns } from "./state-strip.tsx";
import { TaskPanel } from "./task-panel.tsx";
import { useListFilter } from "./use-list-filter.ts";

export interface BoardProps {
  start: BoardStart;
  /** The consumer's address as others reach it. */
  publicUrl: string;
  /** Whether a task must be signed to be taken. */
  signed: boolean;
}

export function Board({ start, publicUrl, signed }: BoardProps) {
  const place = usePlace(start);
  const { model, view, now, behind } = place;
  const filtering = useListFilter(model);
  return (
    <Place place={place}>
      <noscript>
        <p className="text-warn">
          Live updates need JavaScript; these are the numbers as the page was made. Reload it for
          newer ones.
        </p>
      </noscript>
      <Pulse
        totals={view.totals}
        rate={model.rate}
        now={now}
        dimmed={behind}
        state={view.list.filter.state}
        onState={filtering.setState}
      />
      <div className="grid min-h-0 grow grid-cols-[minmax(0,1fr)] gap-3 md:grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)]">
        <MatrixPanel model={model} totals={view.totals} dimmed={behind} />
        <TaskPanel
          model={model}
          filtering={filtering}
          showsStates={hasRuns(view.totals)}
          list={view.list}
          total={view.totals?.total ?? null}
          unlisted={view.unlisted}
          behind={behind}
          heardAt={behind ? view.facts.heardAt : null}
          firstVisit={<FirstVisit publicUrl={publicUrl} signed={signed} />}
        />
      </div>
    </Place>
  );
}
