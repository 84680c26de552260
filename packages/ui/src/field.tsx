import { type ComponentPropsWithRef, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

export interface FieldProps {
  label: ReactNode;
  /** What to enter; stands under the field. */
  hint?: ReactNode;
  /** What is wrong and what would be right; takes the hint's place. */
  error?: ReactNode;
  className?: string | undefined;
}

interface Wired {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string;
}

function Field(props: FieldProps & { children: (wired: Wired) => ReactNode }) {
  const { label, hint, error, className, children } = props;
  const id = useId();
  const wrong = Boolean(error);
  return (
    <div className={classNames("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="text-label font-medium text-text">
        {label}
      </label>
      {children({
        id,
        "aria-invalid": wrong || undefined,
        "aria-describedby": `${id}-note`,
      })}
      <span
        id={`${id}-note`}
        // The line is there also when empty, so that an error moves nothing.
        className={classNames("min-h-4 text-label break-words", wrong ? "text-bad" : "text-muted")}
      >
        {error || hint}
      </span>
    </div>
  );
}

const look = (wrong: boolean) =>
  classNames(
    "w-full min-w-0 rounded border bg-raised px-2.5 text-body text-text placeholder:text-muted disabled:bg-sunken disabled:text-muted",
    wrong ? "border-critical-line" : "border-line-strong",
  );

export interface TextFieldProps
  extends Omit<ComponentPropsWithRef<"input">, "value" | "onChange" | "size">,
    FieldProps {
  value: string;
  onValueChange: (value: string) => void;
  /** Written in a fixed-width font: addresses, expressions. */
  mono?: boolean;
  /** Where one begins in a panel that opens. */
  "data-first"?: boolean;
}

export function TextField(props: TextFieldProps) {
  const { label, hint, error, className, value, onValueChange, mono = false, ...rest } = props;
  return (
    <Field {...{ label, hint, error, className }}>
      {(wired) => (
        <input
          type="text"
          {...rest}
          {...wired}
          value={value}
          onChange={(event) => onValueChange(event.target.value)}
          className={classNames("h-9", look(Boolean(error)), mono && "font-mono text-label")}
        />
      )}
    </Field>
  );
}

export interface TextAreaProps
  extends Omit<ComponentPropsWithRef<"textarea">, "value" | "onChange">,
    FieldProps {
  value: string;
  onValueChange: (value: string) => void;
  mono?: boolean;
}

export function TextArea(props: TextAreaProps) {
  const { label, hint, error, className, value, onValueChange, mono = false, ...rest } = props;
  return (
    <Field {...{ label, hint, error, className }}>
      {(wired) => (
        <textarea
          rows={4}
          {...rest}
          {...wired}
          value={value}
          onChange={(event) => onValueChange(event.target.value)}
          className={classNames("py-1.5", look(Boolean(error)), mono && "font-mono text-label")}
        />
      )}
    </Field>
  );
}

export interface SelectFieldProps<T extends string> extends FieldProps {
  value: T;
  options: readonly { value: T; name: string }[];
  onValueChange: (value: T) => void;
}

export function SelectField<T extends string>(props: SelectFieldProps<T>) {
  const { label, hint, error, className, value, options, onValueChange } = props;
  return (
    <Field {...{ label, hint, error, className }}>
      {(wired) => (
        <select
          {...wired}
          value={value}
          onChange={({ target }) => {
            const chosen = options.find((option) => option.value === target.value);
            if (chosen !== undefined) onValueChange(chosen.value);
          }}
          className={classNames("h-9", look(Boolean(error)))}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
