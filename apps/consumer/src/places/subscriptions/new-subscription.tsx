"use client";

import {
  PRIORITIES,
  type Priority,
  RESULT_STATUSES,
  type ResultStatus,
  type SubscriptionWithSecret,
} from "@taskpulse/contract";
import { Button, Checks, Notice, PriorityMark, SidePanel, TextField } from "@taskpulse/ui";
import { type FormEvent, useRef, useState } from "react";
import { failureWords } from "../failure-words.ts";
import { errorAt, isTold } from "../fields-of.ts";
import { useAct } from "../use-act.ts";
import { SecretOnce } from "./secret-once.tsx";

const FIELDS = ["url", "name", "filter.owner", "filter.batchid"];
const RESULT_NAMES: Readonly<Record<ResultStatus, string>> = {
  finished: "succeeded",
  failed: "failed",
};

export interface NewSubscriptionProps {
  open: boolean;
  onClose: () => void;
  onCreated: () => void;
}

export function NewSubscription({ open, onClose, onCreated }: NewSubscriptionProps) {
  const [made, setMade] = useState<SubscriptionWithSecret | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <SidePanel
      open={open}
      title={made === null ? "New subscription" : "The subscription's secret"}
      onClose={close}
    >
      {made === null ? (
        <SubscriptionForm
          onCreated={(subscription) => {
            setMade(subscription);
            onCreated();
          }}
        />
      ) : (
        <div className="p-4">
          <SecretOnce secret={made.secret} previousUntil={null} onDone={close} />
        </div>
      )}
    </SidePanel>
  );
}

function SubscriptionForm(props: { onCreated: (made: SubscriptionWithSecret) => void }) {
  const { acting, outcome, act } = useAct(() => {});
  const [url, setUrl] = useState("");
  const [name, setName] = useState("");
  const [priorities, setPriorities] = useState<readonly Priority[]>([]);
  const [results, setResults] = useState<readonly ResultStatus[]>([]);
  const [owner, setOwner] = useState("");
  const [batchid, setBatchid] = useState("");
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (acting) return;
    const filter = {
      ...(priorities.length === 0 ? {} : { priority: priorities }),
      ...(results.length === 0 ? {} : { state: results }),
      ...(owner.trim() === "" ? {} : { owner: owner.trim() }),
      ...(batchid.trim() === "" ? {} : { batchid: batchid.trim() }),
    };
    const body = {
      url: url.trim(),
      ...(name.trim() === "" ? {} : { name: name.trim() }),
      ...(Object.keys(filter).length === 0 ? {} : { filter }),
    };
    const answer = await act<SubscriptionWithSecret>({
      path: "/api/subscriptions",
      body,
      done: "It is kept.",
    });
    if (answer.ok) props.onCreated(answer.value);
    else
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
      );
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
          label="Address"
          hint="Gets a POST for each result; 2xx means that it was taken, 410 that no more are wanted"
          error={errorAt(outcome, "url")}
          mono
          required
          inputMode="url"
          placeholder="https://"
          value={url}
          onValueChange={setUrl}
        />
        <TextField
          label="Name"
          hint="What people call it; may be left empty"
          error={errorAt(outcome, "name")}
          value={name}
          onValueChange={setName}
          maxLength={200}
        />
        <Checks
          label="Results of tasks that"
          hint="None chosen: both"
          value={results}
          options={RESULT_STATUSES.map((value) => ({ value, name: RESULT_NAMES[value] }))}
          onValueChange={setResults}
        />
        <Checks
          label="Of priority"
          hint="None chosen: all"
          value={priorities}
          options={PRIORITIES.map((value) => ({ value, name: <PriorityMark priority={value} /> }))}
          onValueChange={setPriorities}
        />
        <div className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
          <TextField
            label="Of owner"
            hint="Exactly; may be left empty"
            error={errorAt(outcome, "filter.owner")}
            value={owner}
            onValueChange={setOwner}
            maxLength={200}
          />
          <TextField
            label="Of batch"
            hint="Exactly; may be left empty"
            error={errorAt(outcome, "filter.batchid")}
            value={batchid}
            onValueChange={setBatchid}
            maxLength={200}
          />
        </div>
        {failed === null ? null : (
          <Notice urgent kind="error" title="No subscription was made">
            {failureWords(failed)}
          </Notice>
        )}
      </div>
      <div className="flex shrink-0 justify-end border-t border-line p-3">
        <Button type="submit" kind="primary" busy={acting}>
          Create the subscription
        </Button>
      </div>
    </form>
  );
}
