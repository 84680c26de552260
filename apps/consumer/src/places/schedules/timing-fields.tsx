"use client";

import { Segments, SelectField, TextField } from "@taskpulse/ui";
import { useMemo } from "react";
import { type TimingDraft, UNITS, type Unit } from "./timing-draft.ts";

export interface TimingFieldsProps {
  draft: TimingDraft;
  errorAt: (path: string) => string | undefined;
  onChange: (change: Partial<TimingDraft>) => void;
}

/** When a schedule runs. */
export function TimingFields({ draft, errorAt, onChange }: TimingFieldsProps) {
  const { way } = draft;
  return (
    <>
      <Segments
        label="When it runs"
        value={way}
        options={[
          { value: "cron", name: "By cron" },
          { value: "every", name: "Every so often" },
          { value: "at", name: "Once" },
        ]}
        onValueChange={(way) => onChange({ way })}
      />
      <div className="grid gap-x-4 gap-y-2 sm:grid-cols-2">
        {way === "cron" ? (
          <TextField
            label="Cron expression"
            hint="Minute, hour, day, month, weekday; six fields begin with seconds"
            error={errorAt("cron")}
            mono
            autoComplete="off"
            value={draft.cron}
            onValueChange={(cron) => onChange({ cron })}
          />
        ) : null}
        {way === "at" ? (
          <TextField
            label="Date and time"
            error={errorAt("at")}
            type="datetime-local"
            step={1}
            value={draft.at}
            onValueChange={(at) => onChange({ at })}
          />
        ) : null}
        {way === "every" ? (
          <>
            <TextField
              label="Every"
              error={errorAt("every")}
              inputMode="decimal"
              autoComplete="off"
              value={draft.every}
              onValueChange={(every) => onChange({ every })}
            />
            <SelectField
              label="Unit"
              value={draft.unit}
              options={(Object.keys(UNITS) as Unit[]).map((value) => ({ value, name: value }))}
              onValueChange={(unit) => onChange({ unit })}
            />
          </>
        ) : (
          <ZoneField
            value={draft.timezone}
            error={errorAt("timezone")}
            onChange={(timezone) => onChange({ timezone })}
          />
        )}
      </div>
      {way === "at" ? null : (
        <details className="rounded border border-line px-3 py-2">
          <summary className="text-label font-medium">Begin and end</summary>
          <div className="mt-3 grid gap-x-4 gap-y-2 sm:grid-cols-2">
            <TextField
              label="Not before"
              error={errorAt("starts_at")}
              hint={way === "every" ? "By your clock" : "In the time zone above"}
              type="datetime-local"
              value={draft.startsAt}
              onValueChange={(startsAt) => onChange({ startsAt })}
            />
            <TextField
              label="Not at or after"
              error={errorAt("ends_at")}
              type="datetime-local"
              value={draft.endsAt}
              onValueChange={(endsAt) => onChange({ endsAt })}
            />
          </div>
        </details>
      )}
      <SelectField
        label="Runs that are missed while nothing runs here"
        error={errorAt("missed")}
        value={draft.missed}
        options={[
          { value: "skip", name: "Are skipped, and counted" },
          { value: "catch_up", name: "Are caught up on, in order" },
        ]}
        onValueChange={(missed) => onChange({ missed })}
      />
    </>
  );
}

function ZoneField(props: {
  value: string;
  error: string | undefined;
  onChange: (timezone: string) => void;
}) {
  const zones = useMemo(() => ["UTC", ...Intl.supportedValuesOf("timeZone")], []);
  return (
    <>
      <TextField
        label="Time zone"
        hint="Follows its daylight saving time"
        error={props.error}
        list="time-zones"
        autoComplete="off"
        value={props.value}
        onValueChange={props.onChange}
      />
      <datalist id="time-zones">
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
