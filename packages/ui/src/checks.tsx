import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

export interface ChecksProps<T extends string> {
  label: string;
  /** What it means to choose none, or some. */
  hint?: ReactNode;
  value: readonly T[];
  options: readonly { value: T; name: ReactNode }[];
  onValueChange: (value: readonly T[]) => void;
  className?: string;
}

/** Any number of a few, all in sight. */
export function Checks<T extends string>(props: ChecksProps<T>) {
  const { label, hint, value, options, onValueChange, className } = props;
  return (
    <fieldset className={classNames("flex min-w-0 flex-col", className)}>
      <legend className="mb-1 text-label font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {options.map((option) => (
          <label key={option.value} className="flex min-h-8 cursor-pointer items-center gap-2">
            <input
              type="checkbox"
              checked={value.includes(option.value)}
              onChange={({ target }) =>
                onValueChange(
                  options
                    .map((one) => one.value)
                    .filter((one) => (one === option.value ? target.checked : value.includes(one))),
                )
              }
              className="size-4 accent-accent"
            />
            {option.name}
          </label>
        ))}
      </div>
      {hint === undefined ? null : <p className="min-h-4 text-label text-muted">{hint}</p>}
    </fieldset>
  );
}
