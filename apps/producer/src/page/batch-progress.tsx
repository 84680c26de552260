"use client";

import type { BatchView } from "@taskpulse/contract";
import {
  classNames,
  formatCount,
  formatDuration,
  formatRate,
  ProgressBar,
  useNow,
} from "@taskpulse/ui";
import type { ReactNode } from "react";
import { hasEnded } from "./followed-batch.ts";
import type { Pace } from "./pace.ts";

export interface BatchProgressProps {
  batch: BatchView;
  pace: Pace;
  /** The figures may be old. */
  dimmed: boolean;
  at: number;
}

export function BatchProgress({ batch, pace, dimmed, at }: BatchProgressProps) {
  const now = useNow(500, at);
  const { total, delivered, failed, retrying, state } = batch;
  const settled = delivered + failed;
  const perSecond = state === "running" ? pace.perSecond(now) : meanPace(batch);
  return (
    <div className="flex flex-col gap-2">
      <ProgressBar
        label="Progress of the batch"
        className={classNames(dimmed && "opacity-70")}
        total={total}
        segments={[
          { name: "delivered", value: delivered, tone: "info" as const },
          { name: "undelivered", value: failed, tone: "bad" as const },
          { name: "retrying", value: retrying, tone: "warn" as const },
        ].filter(({ value }) => value > 0)}
      />
      <dl
        className={classNames(
          "grid grid-cols-2 gap-x-4 gap-y-2 text-body sm:grid-cols-3 md:grid-cols-6",
          // By colour: text that is made translucent is too pale to read.
          dimmed && "[&_dd]:text-muted [&_dd_*]:text-muted",
        )}
      >
        <Part label={state === "done" ? "done" : "so far"}>
          <span className="font-semibold">{formatCount(settled)}</span>{" "}
          <span className="text-muted">of {formatCount(total)}</span>
        </Part>
        <Part label="delivered">
          <span className="text-info">{formatCount(delivered)}</span>
        </Part>
        <Part label="retrying">
          <span className={retrying > 0 ? "text-warn" : ""}>{formatCount(retrying)}</span>
        </Part>
        <Part label="undelivered">
          <span className={failed > 0 ? "text-bad" : ""}>{formatCount(failed)}</span>
        </Part>
        <Part label="rate">{perSecond === null ? "–" : `${formatRate(perSecond)}/s`}</Part>
        <Part label={hasEnded(batch) ? "took" : "time left"}>
          {hasEnded(batch) ? took(batch) : timeLeft(total - settled, perSecond)}
        </Part>
      </dl>
    </div>
  );
}

function Part({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col">
      <dt className="text-label text-muted">{label}</dt>
      <dd className="truncate font-medium">{children}</dd>
    </div>
  );
}

export function took({ created_at, ended_at }: BatchView): string {
  return ended_at === null ? "–" : formatDuration(Date.parse(ended_at) - Date.parse(created_at));
}

/** Over the whole of an ended batch; null for one that has not ended. */
function meanPace({ created_at, ended_at, delivered, failed }: BatchView): number | null {
  if (ended_at === null) return null;
  const seconds = (Date.parse(ended_at) - Date.parse(created_at)) / 1_000;
  return seconds > 0 ? (delivered + failed) / seconds : null;
}

function timeLeft(left: number, perSecond: number | null): string {
  if (perSecond === null || perSecond <= 0) return "–";
  return formatDuration(Math.max(1_000, (left / perSecond) * 1_000));
}
