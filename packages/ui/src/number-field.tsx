import { type ComponentPropsWithRef, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

export interface NumberFieldProps
  extends Omit<ComponentPropsWithRef<"input">, "type" | "value" | "onChange" | "size"> {
  label: ReactNode;
  /** What is typed, as text: an unfinished or empty entry is a value too. */
  value: string;
  onValueChange: (value: string) => void;
  /** What to enter, or the unit; stands under the field. */
  hint?: ReactNode;
  /** What is wrong and what would be right; takes the hint's place. */
  error?: ReactNode;
}

export function NumberField({
  label,
  value,
  onValueChange,
  hint,
  error,
  className,
  ...rest
}: NumberFieldProps) {
  const id = useId();
  const wrong = Boolean(error);
  return (
    <div className={classNames("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="text-label font-medium text-text">
        {label}
      </label>
      <input
        inputMode="decimal"
        {...rest}
        id={id}
        type="number"
        value={value}
        onChange={(event) => onValueChange(event.target.value)}
        aria-invalid={wrong || undefined}
        aria-describedby={`${id}-note`}
        className={classNames(
          "h-9 w-full min-w-0 rounded border bg-raised px-2.5 text-body text-text placeholder:text-muted disabled:bg-sunken disabled:text-muted",
          wrong ? "border-critical-line" : "border-line-strong",
        )}
      />
      <span
        id={`${id}-note`}
        // The line is there also when empty, so that an error moves nothing.
        className={classNames("min-h-4 text-label", wrong ? "text-bad" : "text-muted")}
      >
        {error || hint}
      </span>
    </div>
  );
}
