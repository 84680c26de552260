import {
  type BatchRequest,
  batchRequestSchema,
  type FieldError,
  PRIORITIES,
  type ProducerSettings,
  readFields,
} from "@taskpulse/contract";

/** What is typed; an empty field leaves the choice to the producer. */
export interface FormTexts {
  count: string;
  min: string;
  max: string;
  waitSeconds: string;
  concurrency: string;
  seed: string;
  Low: string;
  Moderate: string;
  Major: string;
  Critical: string;
}

export type FormField = keyof FormTexts;

export function initialTexts({ minTasks, maxTasks, waitSeconds }: ProducerSettings): FormTexts {
  return {
    ...{ count: "", min: String(minTasks), max: String(maxTasks) },
    ...{ waitSeconds: String(waitSeconds), concurrency: "1", seed: "" },
    ...{ Low: "1", Moderate: "1", Major: "1", Critical: "1" },
  };
}

export type FormErrors = { [field in FormField]?: string };

export type ReadForm =
  | { kind: "valid"; request: BatchRequest }
  | { kind: "invalid"; errors: FormErrors };

/** Reads the form with the same schema that the producer's call uses. */
export function readForm(texts: FormTexts): ReadForm {
  const numbers = Object.fromEntries(
    Object.entries(texts).flatMap(([field, text]) =>
      text.trim() === "" ? [] : [[field, Number(text)]],
    ),
  ) as { [field in FormField]?: number };
  const { count, min, max, waitSeconds, concurrency, seed } = numbers;
  const request = {
    ...(count === undefined ? { min, max } : { count }),
    ...{ waitSeconds, concurrency, seed },
    mix: PRIORITIES.every((priority) => numbers[priority] === 1)
      ? undefined
      : Object.fromEntries(PRIORITIES.map((priority) => [priority, numbers[priority] ?? 0])),
  };
  const read = readFields(
    batchRequestSchema,
    Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)),
  );
  return read.kind === "valid"
    ? { kind: "valid", request: read.value }
    : { kind: "invalid", errors: toFormErrors(read.errors) };
}

/** Puts the schema's and the producer's complaints beside their fields. */
export function toFormErrors(errors: readonly FieldError[]): FormErrors {
  const byField: FormErrors = {};
  for (const { path, message } of errors) {
    const field = (path === "mix" ? "Low" : path.replace(/^mix\./, "")) as FormField;
    byField[field] ??= SENTENCES[field] ?? message;
  }
  return byField;
}

/** Shorter than the schema's, as they stand under the field. */
const SENTENCES: FormErrors = {
  count: "From 1 to 100,000",
  waitSeconds: "From 0 to 3,600 s",
  concurrency: "From 1 to 256",
  seed: "From 0 to 4,294,967,295",
};

/** These stand under "more". */
export const MORE_FIELDS: readonly FormField[] = ["min", "max", ...PRIORITIES];
