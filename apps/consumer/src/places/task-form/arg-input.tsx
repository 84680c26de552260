"use client";

import { SelectField, TextArea, TextField } from "@taskpulse/ui";
import type { ArgField } from "./args-form.ts";

export interface ArgInputProps {
  field: ArgField;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

/** The control for one arg of a handler. */
export function ArgInput({ field, value, error, onChange }: ArgInputProps) {
  const { name, required, description, kind } = field;
  const hint = [description, required ? null : "may be left empty"].filter(Boolean).join(" · ");
  const shared = { label: name, hint, error, value, onValueChange: onChange };
  switch (kind.kind) {
    case "number":
      return <TextField {...shared} inputMode="decimal" autoComplete="off" required={required} />;
    case "text":
      return kind.long ? (
        <TextArea {...shared} rows={2} required={required} />
      ) : (
        <TextField {...shared} autoComplete="off" required={required} />
      );
    case "yesNo":
      return (
        <SelectField
          {...shared}
          options={[
            { value: "", name: required ? "Choose" : "–" },
            { value: "true", name: "yes" },
            { value: "false", name: "no" },
          ]}
        />
      );
    case "choice":
      return (
        <SelectField
          {...shared}
          options={[
            { value: "", name: required ? "Choose" : "–" },
            ...kind.options.map((option) => ({ value: String(option), name: String(option) })),
          ]}
        />
      );
    case "json":
      return <TextArea {...shared} mono rows={3} placeholder="JSON" required={required} />;
    default:
      return kind satisfies never;
  }
}
