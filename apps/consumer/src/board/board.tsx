"use client";

import { AppShell, CopyLine, LiveRegion, useNow } from "@taskpulse/ui";
import { useEffect, useState, useSyncExternalStore } from "react";
import { BoardModel, type BoardStart } from "./board-model.ts";
import { ConnectionBadge } from "./connection-badge.tsx";
import { ConnectionNotice } from "./connection-notice.tsx";
import { connectionAt, isBehind } from "./connection-state.ts";
import { connectionWords } from "./connection-words.ts";
import { MatrixPanel } from "./matrix-panel.tsx";
import { Pulse } from "./pulse.tsx";
import { TaskPanel } from "./task-panel.tsx";

export interface BoardProps {
  start: BoardStart;
  /** The consumer's address as others reach it. */
  publicUrl: string;
}

export function Board({ start, publicUrl }: BoardProps) {
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
    >
      <LiveRegion text={connectionWords(connection)} />
      <noscript>
        <p className="mb-3 text-warn">
          Live updates need JavaScript; these are the numbers as the page was made. Reload it for
          newer ones.
        </p>
      </noscript>
      <div className="flex flex-col gap-3 md:h-[calc(100dvh-81px)] md:min-h-[520px]">
        <Pulse totals={view.totals} rate={model.rate} now={now} dimmed={behind} />
        <div className="grid min-h-0 grow grid-cols-[minmax(0,1fr)] gap-3 md:grid-cols-[minmax(0,1fr)_minmax(0,1.15fr)]">
          <MatrixPanel model={model} totals={view.totals} dimmed={behind} />
          <TaskPanel
            model={model}
            list={view.list}
            total={view.totals?.total ?? null}
            unlisted={view.unlisted}
            behind={behind}
            firstVisit={<FirstVisit publicUrl={publicUrl} />}
          />
        </div>
        <ConnectionNotice connection={connection} now={now} onTryNow={model.tryNow} />
      </div>
    </AppShell>
  );
}

function FirstVisit({ publicUrl }: { publicUrl: string }) {
  const task = '{"batchid":"hello","id":1,"owner":"Jennifer Miles","priority":"Major"}';
  const curl = [
    `curl -X POST ${publicUrl}/consumetasks \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '${task}'`,
  ].join("\n");
  return (
    <div className="flex flex-col gap-3 p-4 md:p-6">
      <p className="text-title font-semibold">No task has arrived yet.</p>
      <p className="max-w-prose text-muted">
        This board shows every task that is sent here as a webhook, the moment it is stored: how
        many of each priority, and which. It stays right through reloads and restarts.
      </p>
      <p className="max-w-prose">
        Press <strong className="font-semibold">Produce Tasks</strong> in the producer, or send one
        yourself:
      </p>
      <CopyLine code={curl} what="the curl command" />
      <p className="max-w-prose text-muted">
        Change the id and send it again for another; the same one twice counts once.
      </p>
    </div>
  );
}
