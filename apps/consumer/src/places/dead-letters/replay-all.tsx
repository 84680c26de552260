"use client";

import type { ReplayJob } from "@taskpulse/contract";
import { Button, ConfirmDialog, visibleText } from "@taskpulse/ui";
import { Send } from "lucide-react";
import { useState } from "react";
import { failureWords } from "../failure-words.ts";
import { newKey } from "../new-key.ts";
import { useAct } from "../use-act.ts";

export interface ReplayAllProps {
  state: "failed" | "discarded";
  /** Only those of one endpoint. */
  endpoint: string | undefined;
  /** What it is called. */
  address: string | undefined;
  disabled: boolean;
  onBegun: (jobid: string) => void;
}

/** Has all dead webhooks sent again, after a question. */
export function ReplayAll({ state, endpoint, address, disabled, onBegun }: ReplayAllProps) {
  // One key for each time it is asked: pressed twice, or sent again, it begins once.
  const [asked, setAsked] = useState<string | null>(null);
  const { acting, outcome, act, forget } = useAct(() => {});
  const begin = async () => {
    if (asked === null) return;
    const answer = await act<ReplayJob>({
      path: "/api/deliveries/replay",
      body: { state, ...(endpoint === undefined ? {} : { endpoint }) },
      idempotencyKey: asked,
      done: "Begun.",
    });
    if (!answer.ok) return;
    setAsked(null);
    onBegun(answer.value.jobid);
  };
  const which = address === undefined ? "" : ` to ${visibleText(address)}`;
  return (
    <>
      <Button
        size="small"
        disabled={disabled}
        icon={<Send aria-hidden size={14} />}
        onClick={() => {
          forget();
          setAsked(newKey());
        }}
      >
        {endpoint === undefined ? "Replay all" : "Replay all to this address"}
      </Button>
      <ConfirmDialog
        open={asked !== null}
        title={`Replay all that ${state === "failed" ? "failed" : "were discarded"}${which}?`}
        yes="Replay them"
        busy={acting}
        problem={outcome?.kind === "failed" ? failureWords(outcome.failure) : null}
        onYes={() => void begin()}
        onNo={() => setAsked(null)}
      >
        Each is sent again with the id and the body it had: whoever took it already sees that from
        the id.
      </ConfirmDialog>
    </>
  );
}
