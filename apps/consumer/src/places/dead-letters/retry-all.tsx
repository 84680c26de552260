"use client";

import type { RetryJob } from "@taskpulse/contract";
import { Button, ConfirmDialog, visibleText } from "@taskpulse/ui";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { failureWords } from "../failure-words.ts";
import { newKey } from "../new-key.ts";
import { useAct } from "../use-act.ts";
import { type DeadFilter, filterWords, isDeadFiltered, retryFilter } from "./dead-filter.ts";

export interface RetryAllProps {
  filter: DeadFilter;
  disabled: boolean;
  onBegun: (jobid: string) => void;
}

/** Has all that the filter fits run again, after a question. */
export function RetryAll({ filter, disabled, onBegun }: RetryAllProps) {
  // One key for each time it is asked: pressed twice, or sent again, it begins once.
  const [asked, setAsked] = useState<string | null>(null);
  const { acting, outcome, act, forget } = useAct(() => {});
  const filtered = isDeadFiltered(filter);
  const begin = async () => {
    if (asked === null) return;
    const answer = await act<RetryJob>({
      path: "/api/tasks/retry",
      body: retryFilter(filter),
      idempotencyKey: asked,
      done: "Begun.",
    });
    if (!answer.ok) return;
    setAsked(null);
    onBegun(answer.value.jobid);
  };
  return (
    <>
      <Button
        size="small"
        disabled={disabled}
        icon={<RotateCcw aria-hidden size={14} />}
        onClick={() => {
          forget();
          setAsked(newKey());
        }}
      >
        {filtered ? "Retry all that match" : "Retry all"}
      </Button>
      <ConfirmDialog
        open={asked !== null}
        title={filtered ? "Retry all that match?" : "Retry all that failed?"}
        yes="Retry them"
        busy={acting}
        problem={outcome?.kind === "failed" ? failureWords(outcome.failure) : null}
        onYes={() => void begin()}
        onNo={() => setAsked(null)}
      >
        Every failed task{filtered ? ` ${visibleText(filterWords(filter))}` : ""} is run again, with
        the request exactly as it was stored: what it calls is called again.
      </ConfirmDialog>
    </>
  );
}
