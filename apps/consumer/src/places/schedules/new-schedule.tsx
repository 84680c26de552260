"use client";

import type { ScheduleView } from "@taskpulse/contract";
import { Button, Notice, SidePanel, TextField } from "@taskpulse/ui";
import { type FormEvent, useRef, useState } from "react";
import { failureWords } from "../failure-words.ts";
import { isTold, errorAt as serverErrorAt } from "../fields-of.ts";
import { WishKey } from "../new-key.ts";
import { TaskFields } from "../task-form/task-fields.tsx";
import { useTaskDraft } from "../task-form/use-task-draft.ts";
import { useAct } from "../use-act.ts";
import { NextRuns, usePreview } from "./next-runs.tsx";
import { EMPTY_TIMING, type TimingDraft, timingRequest } from "./timing-draft.ts";
import { TimingFields } from "./timing-fields.tsx";

const FIELDS = [
  ...["name", "at", "every", "cron", "timezone", "starts_at", "ends_at", "missed"],
  ...["task.handler", "task.args", "task.call", "task.owner", "task.priority"],
  ...["task.max_retries", "task.batchid", "task.webhook"],
];

export interface NewScheduleProps {
  open: boolean;
  now: number;
  onClose: () => void;
  onCreated: (schedule: ScheduleView) => void;
}

export function NewSchedule({ open, now, onClose, onCreated }: NewScheduleProps) {
  return (
    <SidePanel open={open} title="New schedule" onClose={onClose} wide>
      <ScheduleForm now={now} onCreated={onCreated} />
    </SidePanel>
  );
}

function ScheduleForm({ now, onCreated }: Pick<NewScheduleProps, "now" | "onCreated">) {
  const { acting, outcome, act } = useAct(() => {});
  const [name, setName] = useState("");
  const [timing, setTiming] = useState<TimingDraft>(() => ({
    ...EMPTY_TIMING,
    timezone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
  }));
  const draft = useTaskDraft(outcome, "task.");
  const wishes = useRef(new WishKey());
  const form = useRef<HTMLFormElement>(null);
  const times = { ...timingRequest(timing), missed: timing.missed };
  const preview = usePreview(times);
  const previewed = preview.answer?.ok === false ? preview.answer.errors : [];
  const timeErrorAt = (path: string) =>
    serverErrorAt(outcome, path) ??
    previewed.find((error) => error.path === path && !isEmptyYet(timing, path))?.message;

  const showWrong = () =>
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (acting) return;
    const written = draft.read();
    if (written.kind === "wrong") return showWrong();
    const body = {
      ...(name.trim() === "" ? {} : { name: name.trim() }),
      ...times,
      task: written.task,
    };
    const answer = await act<ScheduleView>({
      path: "/api/schedules",
      body,
      idempotencyKey: wishes.current.of(body),
      done: "It is kept.",
    });
    wishes.current.answered(answer.ok ? 201 : answer.status);
    if (answer.ok) onCreated(answer.value);
    else showWrong();
  };
  const failed = outcome?.kind === "failed" && !isTold(outcome, FIELDS) ? outcome.failure : null;

  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      className="flex min-h-0 grow flex-col"
    >
      <div className="flex min-h-0 grow flex-col gap-4 overflow-y-auto p-4">
        <TextField
          data-first
          label="Name"
          hint="What people call it; may be left empty"
          error={timeErrorAt("name")}
          value={name}
          onValueChange={setName}
          maxLength={200}
        />
        <TimingFields
          draft={timing}
          errorAt={timeErrorAt}
          onChange={(change) => setTiming((now) => ({ ...now, ...change }))}
        />
        <NextRuns
          preview={preview}
          timezone={timing.way === "every" ? null : timing.timezone}
          now={now}
        />
        <h3 className="border-t border-line pt-4 font-semibold">Each run</h3>
        <TaskFields
          draft={draft.draft}
          handlers={draft.handlers}
          errorAt={draft.errorAt}
          hasDelay={false}
          onChange={draft.change}
        />
        {failed === null ? null : (
          <Notice urgent kind="error" title="No schedule was made">
            {failureWords(failed)}
          </Notice>
        )}
      </div>
      <div className="flex shrink-0 justify-end border-t border-line p-3">
        <Button type="submit" kind="primary" busy={acting}>
          Create the schedule
        </Button>
      </div>
    </form>
  );
}

/** Nothing was written there yet: that is no mistake. */
function isEmptyYet(timing: TimingDraft, path: string): boolean {
  return path === "at" && timing.at === "";
}
