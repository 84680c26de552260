"use client";

import { AppShell, LiveRegion, useNow } from "@taskpulse/ui";
import { useEffect, useState, useSyncExternalStore } from "react";
import { BoardModel, type BoardStart } from "./board-model.ts";
import { ConnectionBadge } from "./connection-badge.tsx";
import { ConnectionNotice } from "./connection-notice.tsx";
import { connectionAt, isBehind } from "./connection-state.ts";
import { connectionWords } from "./connection-words.ts";
import { FirstVisit } from "./first-visit.tsx";
import { MatrixPanel } from "./matrix-panel.tsx";
import { Pulse } from "./pulse.tsx";
import { TaskPanel } from "./task-panel.tsx";

export interface BoardProps {
  start: BoardStart;
  /** The consumer's address as others reach it. */
  publicUrl: string;
  /** Whether a task must be signed to be taken. */
  signed: boolean;
}

export function Board({ start, publicUrl, signed }: BoardProps) {
  const [model] = useState(() => new BoardModel(start));
  useEffect(() => model.start(), [model]);
  const view = useSyncExternalStore(model.subscribe, model.getView, model.getView);
  const now = useNow(500, start.at);
  const connection = connectionAt(view.facts, now);
  const behind = isBehind(connection);

  return (
    <AppShell
      title="Tasks Consumer"
      connection={<ConnectionBadge connection={connection} now={now} />}
      signedOut={connection.kind === "signed-out"}
    >
      <LiveRegion text={connectionWords(connection)} />
      <noscript>
        <p className="mb-3 text-warn">
          Live updates need JavaScript; these are the numbers as the page was made. Reload it for
          newer ones.
        </p>
      </noscript>
      <div className="flex flex-col gap-3 md:h-[calc(100dvh-81px)] md:min-h-[520px]">
        <ConnectionNotice connection={connection} now={now} onTryNow={model.tryNow} />
        <Pulse totals={view.totals} rate={model.rate} now={now} dimmed={behind} />
        <div className="grid min-h-0 grow grid-cols-[minmax(0,1fr)] gap-3 md:grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)]">
          <MatrixPanel model={model} totals={view.totals} dimmed={behind} />
          <TaskPanel
            model={model}
            list={view.list}
            total={view.totals?.total ?? null}
            unlisted={view.unlisted}
            behind={behind}
            heardAt={behind ? view.facts.heardAt : null}
            firstVisit={<FirstVisit publicUrl={publicUrl} signed={signed} />}
          />
        </div>
      </div>
    </AppShell>
  );
}
