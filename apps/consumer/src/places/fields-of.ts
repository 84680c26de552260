import type { FieldError } from "@taskpulse/contract";
import type { Outcome } from "./use-act.ts";

/** What the server said of one field; those of its parts count as its own. */
export function errorAt(outcome: Outcome | null, path: string): string | undefined {
  return (
    within(errorsOf(outcome), path)
      .map(({ path: at, message }) =>
        at === path ? message : `${at.slice(path.length + 1)} ${message}`,
      )
      .join("; ") || undefined
  );
}

/** Whether all that the server said stands at a field of the form: what does not is said at its end. */
export function isTold(outcome: Outcome | null, paths: readonly string[]): boolean {
  const errors = errorsOf(outcome);
  return errors.length > 0 && errors.every((error) => paths.some((path) => isWithin(error, path)));
}

function errorsOf(outcome: Outcome | null): readonly FieldError[] {
  return outcome?.kind === "failed" ? outcome.failure.errors : [];
}

function within(errors: readonly FieldError[], path: string): FieldError[] {
  return errors.filter((error) => isWithin(error, path));
}

function isWithin({ path: at }: FieldError, path: string): boolean {
  return at === path || at.startsWith(`${path}.`);
}
