import type { z } from "zod";
import type { FieldError } from "./error-body.ts";
import { PLAIN, UNKNOWN_FIELD } from "./plain-words.ts";

export type ReadFields<T> = { kind: "valid"; value: T } | { kind: "invalid"; errors: FieldError[] };

/** A path repeats names of the sender's own fields, which may be as long as the body. */
const MAX_PATH_CHARS = 200;
/** How many fields that nobody knows one answer names. */
const MAX_UNKNOWN = 100;

/** Reads what somebody sent, parameters or a body, or says of every field in plain words what it takes. */
export function readFields<S extends z.ZodType>(schema: S, sent: unknown): ReadFields<z.output<S>> {
  const parsed = schema.safeParse(sent, PLAIN);
  return parsed.success
    ? { kind: "valid", value: parsed.data }
    : { kind: "invalid", errors: fieldErrors(parsed.error) };
}

function fieldErrors({ issues }: z.ZodError): FieldError[] {
  return issues.flatMap((issue): FieldError[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.slice(0, MAX_UNKNOWN).map((key) => ({
          path: fieldPath([...issue.path, key]),
          message: UNKNOWN_FIELD,
        }))
      : [{ path: fieldPath(issue.path), message: issue.message }],
  );
}

/** A field's place as errors name it: `call.url`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.map(String).join(".").slice(0, MAX_PATH_CHARS);
}
