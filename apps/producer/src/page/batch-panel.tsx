"use client";

import type { BatchView, ProducerSettings } from "@taskpulse/contract";
import { EmptyState, Notice, shortId } from "@taskpulse/ui";
import { ExternalLink } from "lucide-react";
import { BatchActions } from "./batch-actions.tsx";
import { BatchProgress } from "./batch-progress.tsx";
import { hasEnded } from "./followed-batch.ts";
import { OutcomeLines } from "./outcome-lines.tsx";
import type { PageModel, PageView } from "./page-model.ts";
import type { TroubleWords } from "./trouble-words.ts";

export interface BatchPanelProps {
  model: PageModel;
  view: PageView;
  batch: BatchView;
  /** Why its tasks are not delivered; null when they are. */
  trouble: TroubleWords | null;
  settings: ProducerSettings;
  /** When the server rendered, in ms. */
  at: number;
}

export function BatchPanel({ model, view, batch, trouble, settings, at }: BatchPanelProps) {
  const { lines, connection } = view;
  const { batchid, total } = batch;
  return (
    <section
      aria-labelledby="batch-title"
      className="flex h-[max(640px,calc(100dvh-120px))] flex-col md:h-[max(520px,calc(100dvh-300px))] overflow-hidden rounded border border-line bg-raised"
    >
      <div className="flex flex-col gap-3 border-b border-line px-4 py-3">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h2 id="batch-title" className="font-semibold">
            Batch{" "}
            <span className="font-mono font-medium" title={batchid}>
              {shortId(batchid)}
            </span>
          </h2>
          <p className="text-label text-muted">
            seed {batch.seed} · wait {batch.waitSeconds} s · {batch.concurrency} at once
          </p>
          <a
            href={`${settings.boardUrl}/?batchid=${encodeURIComponent(batchid)}`}
            target="taskpulse-board"
            className="flex items-center gap-1.5 text-label font-medium text-accent-text underline underline-offset-2 md:ml-auto"
          >
            <ExternalLink aria-hidden size={14} />
            open on the board
          </a>
        </div>
        <BatchProgress
          batch={batch}
          pace={model.pace}
          dimmed={["reconnecting", "away", "signed-out"].includes(connection.kind)}
          at={at}
        />
        <BatchActions batch={batch} onAnswer={(changed) => model.update(changed)} />
      </div>
      {trouble === null ? null : (
        // A place of its own above the list, which scrolls under its edge.
        <div className="border-b border-line px-4 py-3">
          <Notice kind="error" title={<span className="break-words">{trouble.title}</span>}>
            {trouble.means}
          </Notice>
        </div>
      )}
      {lines.outcomes.length > 0 ? (
        <OutcomeLines key={batchid} lines={lines} total={total} />
      ) : connection.kind === "complete" || hasEnded(batch) ? (
        <EmptyState className="grow" title="No task of this batch has been sent." />
      ) : (
        <EmptyState
          className="grow"
          title={batch.state === "paused" ? "Paused" : "Waiting for the first answer …"}
        >
          A line appears here as each task is answered.
        </EmptyState>
      )}
    </section>
  );
}
