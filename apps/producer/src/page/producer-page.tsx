"use client";

import { AppShell, LiveRegion, Notice, SignInLink, Toaster, useSignedIn } from "@taskpulse/ui";
import { useEffect, useState, useSyncExternalStore } from "react";
import { BatchPanel } from "./batch-panel.tsx";
import { ConnectionBadge, connectionMark } from "./connection-badge.tsx";
import { EarlierBatches } from "./earlier-batches.tsx";
import { FirstVisit } from "./first-visit.tsx";
import type { PageStart } from "./load-page.ts";
import { PageModel } from "./page-model.ts";
import { ProduceForm } from "./produce-form.tsx";
import { spokenState } from "./spoken-state.ts";
import { troubleWords } from "./trouble-words.ts";

export interface ProducerPageProps {
  start: PageStart;
  /** This server's address as the reader reaches it. */
  origin: string;
}

export function ProducerPage({ start, origin }: ProducerPageProps) {
  const [model] = useState(() => new PageModel(start));
  useEffect(() => model.start(), [model]);
  const view = useSyncExternalStore(model.subscribe, model.getView, model.getView);
  const { settings } = start;
  const { batch, batches, connection } = view;
  const trouble = troubleWords(view, settings);
  const proof = useSignedIn() ? ' -H "Authorization: Bearer $ADMIN_TOKEN"' : "";
  const command = `curl -N -X POST${proof} ${origin}/producetasks`;
  // Of the page as a whole, so it stands on top, under the badge; the rest is of the batch.
  const mustBeTold = connection.kind === "away" || connection.kind === "signed-out";

  return (
    <AppShell
      title="Tasks Producer"
      signedOut={connection.kind === "signed-out"}
      connection={
        batch === null && !mustBeTold ? null : (
          <ConnectionBadge connection={connection} onTryNow={model.tryNow} />
        )
      }
    >
      <LiveRegion text={spokenState(view, settings)} />
      <noscript>
        <p className="mb-3 text-warn">
          Live updates need JavaScript; this is how things were when the page was made. Start a
          batch from the command line: {command}
        </p>
      </noscript>
      <div className="flex flex-col gap-4">
        {mustBeTold && trouble !== null ? (
          <Notice
            kind={connection.kind === "away" ? "error" : "warn"}
            mark={connectionMark(connection, 18)}
            title={trouble.title}
            action={trouble.signIn ? <SignInLink /> : null}
          >
            {trouble.means}
          </Notice>
        ) : null}
        <ProduceForm
          settings={settings}
          onStarted={(started) => {
            model.show(started);
            // A batch that was opened from the list is not the one on the page any more.
            history.replaceState(null, "", "/");
          }}
          onSignedOut={() => model.leave()}
        />
        {batch === null ? (
          mustBeTold ? null : (
            <FirstVisit settings={settings} command={command} />
          )
        ) : (
          <BatchPanel
            model={model}
            view={view}
            batch={batch}
            trouble={mustBeTold ? null : trouble}
            settings={settings}
            at={start.at}
          />
        )}
        {batches.length === 0 ? null : <EarlierBatches batches={batches} shown={batch} />}
      </div>
      <Toaster />
    </AppShell>
  );
}
