"use client";

import { type HandlerInfo, PRIORITIES } from "@taskpulse/contract";
import { Segments, SelectField, TextArea, TextField } from "@taskpulse/ui";
import { ArgInput } from "./arg-input.tsx";
import { argFields } from "./args-form.ts";
import { argKey, CALL_METHODS, handlerOf, type TaskDraft } from "./task-draft.ts";

export interface TaskFieldsProps {
  draft: TaskDraft;
  /** Null while they are not known. */
  handlers: readonly HandlerInfo[] | null;
  /** What is wrong at a path such as `call.url`. */
  errorAt: (path: string) => string | undefined;
  /** A schedule says itself when its tasks run. */
  hasDelay?: boolean;
  onChange: (change: Partial<TaskDraft>) => void;
}

/** What a task does, and what goes with it. */
export function TaskFields(props: TaskFieldsProps) {
  const { draft, handlers, errorAt, hasDelay = true, onChange } = props;
  return (
    <>
      <Segments
        label="What to run"
        value={draft.way}
        options={[
          { value: "handler", name: "A handler" },
          { value: "call", name: "An HTTP call" },
        ]}
        onValueChange={(way) => onChange({ way })}
      />
      {draft.way === "handler" ? (
        <HandlerFields {...{ draft, handlers, errorAt, onChange }} />
      ) : (
        <CallFields {...{ draft, errorAt, onChange }} />
      )}
      <div className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
        <TextField
          label="Owner"
          hint="Shown on the board; default: board"
          error={errorAt("owner")}
          value={draft.owner}
          onValueChange={(owner) => onChange({ owner })}
          maxLength={200}
        />
        <SelectField
          label="Priority"
          error={errorAt("priority")}
          value={draft.priority}
          options={PRIORITIES.map((value) => ({ value, name: value }))}
          onValueChange={(priority) => onChange({ priority })}
        />
      </div>
      <details className="rounded border border-line px-3 py-2">
        <summary className="text-label font-medium">Retries, batch, result webhook</summary>
        <div className="mt-3 grid gap-x-4 gap-y-2 sm:grid-cols-2">
          <TextField
            label="Retries"
            hint="0 to 10; default: 3, or the handler's own"
            error={errorAt("max_retries")}
            inputMode="numeric"
            value={draft.maxRetries}
            onValueChange={(maxRetries) => onChange({ maxRetries })}
          />
          {hasDelay ? (
            <TextField
              label="Delay"
              hint="Seconds until it runs; default: none"
              error={errorAt("delay")}
              inputMode="decimal"
              value={draft.delay}
              onValueChange={(delay) => onChange({ delay })}
            />
          ) : null}
          <TextField
            label="Batch"
            hint="To find it again; may be left empty"
            error={errorAt("batchid")}
            value={draft.batchid}
            onValueChange={(batchid) => onChange({ batchid })}
            maxLength={200}
          />
          <TextField
            label="Result webhook"
            hint="An address that is told how it ends"
            error={errorAt("webhook")}
            mono
            inputMode="url"
            value={draft.webhookUrl}
            onValueChange={(webhookUrl) => onChange({ webhookUrl })}
          />
        </div>
      </details>
    </>
  );
}

function HandlerFields({ draft, handlers, errorAt, onChange }: TaskFieldsProps) {
  if (handlers === null || handlers.length === 0) {
    return (
      <p className="min-h-40 text-muted">
        {handlers === null
          ? "Reading which handlers there are …"
          : "No handler is known: none of the workers has run yet. An HTTP call needs none."}
      </p>
    );
  }
  const handler = handlerOf(draft, handlers);
  if (handler === undefined) return null;
  return (
    <div className="flex flex-col gap-2">
      <SelectField
        label="Handler"
        hint={handler.description}
        error={errorAt("handler")}
        value={handler.name}
        options={handlers.map(({ name }) => ({ value: name, name }))}
        onValueChange={(name) => onChange({ handler: name })}
      />
      <div className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
        {argFields(handler.args).map((field) => {
          const key = argKey(handler.name, field.name);
          return (
            <ArgInput
              key={key}
              field={field}
              value={draft.args[key] ?? ""}
              error={errorAt(`args.${field.name}`)}
              onChange={(text) => onChange({ args: { ...draft.args, [key]: text } })}
            />
          );
        })}
      </div>
    </div>
  );
}

function CallFields({ draft, errorAt, onChange }: Omit<TaskFieldsProps, "handlers">) {
  return (
    <div className="grid gap-x-4 gap-y-2 sm:grid-cols-[112px_minmax(0,1fr)]">
      <SelectField
        label="Method"
        error={errorAt("call.method")}
        value={draft.method}
        options={CALL_METHODS.map((value) => ({ value, name: value }))}
        onValueChange={(method) => onChange({ method })}
      />
      <TextField
        label="Address"
        hint='It answers {"status":"success","retval":…} or {"status":"failure","reason":…}'
        error={errorAt("call.url")}
        mono
        required
        inputMode="url"
        placeholder="https://"
        value={draft.url}
        onValueChange={(url) => onChange({ url })}
      />
      <TextArea
        label="Args"
        hint="An object as JSON; may be left empty"
        error={errorAt("call.args")}
        mono
        rows={2}
        placeholder='{"x": 10, "y": 10}'
        value={draft.callArgs}
        onValueChange={(callArgs) => onChange({ callArgs })}
        className="sm:col-span-2"
      />
    </div>
  );
}
