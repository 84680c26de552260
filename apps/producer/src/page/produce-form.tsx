"use client";

import { type BatchView, PRIORITIES, type ProducerSettings } from "@taskpulse/contract";
import { Button, classNames, Notice, NumberField, PriorityMark, SignInLink } from "@taskpulse/ui";
import { ChevronRight, Play } from "lucide-react";
import { useId, useState } from "react";
import { callApi } from "./api.ts";
import {
  type FormErrors,
  type FormField,
  initialTexts,
  MORE_FIELDS,
  readForm,
  toFormErrors,
} from "./form-state.ts";
import { type StartFailure, startFailure } from "./start-failure.ts";
import { StartKey } from "./start-key.ts";

export interface ProduceFormProps {
  settings: ProducerSettings;
  onStarted: (batch: BatchView) => void;
  onSignedOut: () => void;
}

export function ProduceForm({ settings, onStarted, onSignedOut }: ProduceFormProps) {
  const [texts, setTexts] = useState(() => initialTexts(settings));
  const [refused, setRefused] = useState<FormErrors>({});
  const [failure, setFailure] = useState<StartFailure | null>(null);
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [startKey] = useState(() => new StartKey());
  const moreId = useId();

  const read = readForm(texts);
  const errors: FormErrors = { ...refused, ...(read.kind === "invalid" ? read.errors : {}) };
  const field = (name: FormField) => ({
    name,
    value: texts[name],
    error: errors[name],
    min: 0,
    onValueChange: (value: string) => {
      setTexts((before) => ({ ...before, [name]: value }));
      setRefused({});
      setFailure(null);
    },
  });

  const produce = async () => {
    if (read.kind === "invalid") {
      if (MORE_FIELDS.some((name) => read.errors[name] !== undefined)) setOpen(true);
      const [first] = Object.keys(read.errors);
      // The field may have to appear first.
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>(`[name="${first}"]`)?.focus(),
      );
      return;
    }
    setBusy(true);
    const answer = await callApi<BatchView>("/api/batches", {
      method: "POST",
      body: read.request,
      headers: { "idempotency-key": startKey.of(read.request, Date.now()) },
    });
    startKey.answered(answer.ok ? 201 : answer.status);
    setBusy(false);
    setFailure(answer.ok ? null : startFailure(answer));
    if (!answer.ok && answer.status === 401) onSignedOut();
    if (answer.ok) {
      onStarted(answer.value);
      return;
    }
    setRefused(toFormErrors(answer.errors));
  };

  const from = Number(texts.min) || settings.minTasks;
  const to = Number(texts.max) || settings.maxTasks;
  return (
    <form
      aria-label="New batch"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void produce();
      }}
      className="flex flex-col gap-3 rounded border border-line bg-raised p-4"
    >
      <Button
        type="submit"
        kind="primary"
        size="large"
        busy={busy}
        icon={<Play aria-hidden size={16} fill="currentColor" />}
        className="w-full"
      >
        Produce Tasks
      </Button>
      {failure === null ? null : (
        <Notice
          urgent
          kind="error"
          title={failure.title}
          action={failure.signIn ? <SignInLink /> : null}
        >
          {failure.means}
        </Notice>
      )}
      <div className="grid grid-cols-2 items-start gap-x-4 gap-y-1 md:grid-cols-[repeat(4,minmax(0,200px))_1fr]">
        <NumberField
          label="How many"
          {...field("count")}
          min={1}
          placeholder={from === to ? String(from) : `${from} – ${to}`}
          hint={texts.count === "" ? "empty: at random" : ""}
        />
        <NumberField label="Wait" {...field("waitSeconds")} step="any" hint="seconds after each" />
        <NumberField label="At once" {...field("concurrency")} min={1} hint="side by side" />
        <NumberField
          label="Seed"
          {...field("seed")}
          placeholder="random"
          hint="same seed, same tasks"
        />
        <Button
          kind="ghost"
          aria-expanded={open}
          aria-controls={moreId}
          onClick={() => setOpen(!open)}
          icon={
            <ChevronRight
              aria-hidden
              size={16}
              className={classNames("transition-transform", open && "rotate-90")}
            />
          }
          className={classNames(
            "col-span-2 justify-self-start max-md:-ml-3 md:col-span-1 md:mt-5 md:justify-self-end",
            // Its words, not its outline, keep the card's distance.
            !open && "max-md:-mb-2",
          )}
        >
          {open ? "less" : "more"}
        </Button>
      </div>
      <div
        id={moreId}
        hidden={!open}
        className={classNames(
          "gap-x-4 gap-y-3 border-t border-line pt-3",
          open && "grid md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]",
        )}
      >
        <fieldset>
          <legend className="mb-2 text-body font-medium">
            How many, when left open: at random
          </legend>
          <div className="grid grid-cols-2 gap-4">
            <NumberField label="From" {...field("min")} min={1} disabled={texts.count !== ""} />
            <NumberField label="To" {...field("max")} min={1} disabled={texts.count !== ""} />
          </div>
        </fieldset>
        <fieldset>
          <legend className="mb-2 text-body font-medium">Mix of priorities, as weights</legend>
          <div className="grid grid-cols-2 gap-x-4 sm:grid-cols-4">
            {PRIORITIES.map((priority) => (
              <NumberField
                key={priority}
                label={<PriorityMark priority={priority} />}
                {...field(priority)}
                step="any"
              />
            ))}
          </div>
        </fieldset>
      </div>
    </form>
  );
}
