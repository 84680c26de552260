"use client";

import type { BatchView } from "@taskpulse/contract";
import { Button, classNames, formatCount, toast } from "@taskpulse/ui";
import { Pause, Play, RotateCw, Square } from "lucide-react";
import { useState } from "react";
import { callApi } from "./api.ts";
import { hasEnded } from "./followed-batch.ts";

type Command = "pause" | "resume" | "cancel" | "retry";

const WORD = {
  running: { word: "running", look: "bg-accent-soft text-accent-text" },
  paused: { word: "paused", look: "bg-sunken text-warn" },
  done: { word: "done", look: "bg-sunken text-good" },
  cancelled: { word: "cancelled", look: "bg-sunken text-muted" },
} as const satisfies Record<BatchView["state"], unknown>;

export interface BatchActionsProps {
  batch: BatchView;
  onAnswer: (batch: BatchView) => void;
}

export function BatchActions({ batch, onAnswer }: BatchActionsProps) {
  const [under, setUnder] = useState<Command | null>(null);
  const give = async (command: Command) => {
    setUnder(command);
    const path = `/api/batches/${encodeURIComponent(batch.batchid)}/${command}`;
    const answer = await callApi<BatchView>(path, { method: "POST" });
    setUnder(null);
    if (answer.ok) onAnswer(answer.value);
    else toast.error(`Could not ${command} the batch.`, { description: answer.reason });
  };
  const ended = hasEnded(batch);
  const paused = batch.state === "paused";
  const hold: Command = paused ? "resume" : "pause";
  const { word, look } = WORD[batch.state];
  const incomplete = batch.state === "done" && batch.failed > 0;
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-2">
      <span
        data-state={batch.state}
        className={classNames(
          "flex h-6 min-w-20 items-center justify-center rounded-full px-2.5 text-label font-medium",
          incomplete ? "bg-sunken text-bad" : look,
        )}
      >
        {word}
      </span>
      {ended ? null : (
        <>
          <Button
            size="small"
            className="min-w-24"
            busy={under === hold}
            onClick={() => void give(hold)}
            icon={paused ? <Play aria-hidden size={14} /> : <Pause aria-hidden size={14} />}
          >
            {hold}
          </Button>
          <Button
            size="small"
            kind="danger"
            busy={under === "cancel"}
            onClick={() => void give("cancel")}
            icon={<Square aria-hidden size={12} fill="currentColor" />}
          >
            cancel
          </Button>
        </>
      )}
      {batch.failed > 0 && batch.state !== "cancelled" ? (
        <Button
          size="small"
          busy={under === "retry"}
          onClick={() => void give("retry")}
          icon={<RotateCw aria-hidden size={14} />}
        >
          send {formatCount(batch.failed)} again
        </Button>
      ) : null}
    </div>
  );
}
