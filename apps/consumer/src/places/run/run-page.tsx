"use client";

import { Button, EmptyState, Notice } from "@taskpulse/ui";
import { Play } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import type { BoardStart } from "../../board/board-model.ts";
import { failureWords } from "../failure-words.ts";
import { isTold } from "../fields-of.ts";
import { WishKey } from "../new-key.ts";
import { Place } from "../place.tsx";
import { TaskFields } from "../task-form/task-fields.tsx";
import { useTaskDraft } from "../task-form/use-task-draft.ts";
import { useAct } from "../use-act.ts";
import { useOpenTask } from "../use-open-task.tsx";
import { usePlace } from "../use-place.ts";
import { StartedTask } from "./started-task.tsx";

/** Of more that were started here, the board tells. */
const MAX_STARTED = 10;
const FIELDS = [
  ...["handler", "args", "call.url", "call.method", "call.args", "owner", "priority"],
  ...["max_retries", "delay", "batchid", "webhook"],
];

export function RunPage({ start }: { start: BoardStart }) {
  const place = usePlace(start);
  const { openTask, dialog } = useOpenTask(place.model);
  const { acting, outcome, act } = useAct(() => {});
  const { draft, change, read, errorAt, handlers } = useTaskDraft(outcome);
  const [started, setStarted] = useState<readonly string[]>([]);
  const wishes = useRef(new WishKey());
  const form = useRef<HTMLFormElement>(null);

  const showWrong = () =>
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (acting) return;
    const written = read();
    if (written.kind === "wrong") return showWrong();
    const { task } = written;
    const answer = await act<{ taskid: string }>({
      path: "/api/tasks",
      body: task,
      idempotencyKey: wishes.current.of(task),
      done: "It is stored, and run as soon as a worker is free.",
    });
    wishes.current.answered(answer.ok ? 202 : answer.status);
    if (!answer.ok) return showWrong();
    const { taskid } = answer.value;
    setStarted((now) => [taskid, ...now.filter((one) => one !== taskid)].slice(0, MAX_STARTED));
  };
  const failed = outcome?.kind === "failed" && !isTold(outcome, FIELDS) ? outcome.failure : null;

  return (
    <Place
      place={place}
      heading="Run"
      lead="Start a task by hand: a function that the workers have, or a call of any HTTP endpoint."
    >
      <div className="grid items-start gap-4 md:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]">
        <form
          ref={form}
          noValidate
          aria-label="The task to run"
          onSubmit={(event) => void submit(event)}
          className="flex flex-col gap-4 rounded border border-line bg-raised p-4"
        >
          <TaskFields {...{ draft, handlers, errorAt, onChange: change }} />
          {failed === null ? null : (
            <Notice urgent kind="error" title="No task was started">
              {failureWords(failed)}
            </Notice>
          )}
          <div className="flex flex-wrap items-center gap-3">
            <Button
              type="submit"
              kind="primary"
              busy={acting}
              icon={<Play aria-hidden size={16} />}
            >
              Run it
            </Button>
            <span role="status" className="text-label text-good">
              {outcome?.kind === "done" ? outcome.words : ""}
            </span>
          </div>
        </form>
        <section aria-labelledby="started-title" className="rounded border border-line bg-raised">
          <h2
            id="started-title"
            className="flex h-13 items-center border-b border-line px-4 text-body font-semibold"
          >
            Started here
          </h2>
          {started.length === 0 ? (
            <EmptyState className="min-h-40" title="Nothing yet.">
              What you start appears here with its state and its result.
            </EmptyState>
          ) : (
            <ul>
              {started.map((taskid) => (
                <StartedTask
                  key={taskid}
                  model={place.model}
                  taskid={taskid}
                  now={place.now}
                  onOpen={openTask}
                />
              ))}
            </ul>
          )}
        </section>
      </div>
      {dialog}
    </Place>
  );
}
