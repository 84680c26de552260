import { useId } from "react";
import { classNames } from "./class-names.ts";

export interface SegmentsProps<T extends string> {
  /** What is chosen, for screen readers; with `shown`, for all. */
  label: string;
  shown?: boolean;
  value: T;
  options: readonly { value: T; name: string }[];
  onValueChange: (value: T) => void;
}

/** One of a few, all in sight: radio buttons that look like one control. */
export function Segments<T extends string>(props: SegmentsProps<T>) {
  const { label, shown = false, value, options, onValueChange } = props;
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className={shown ? "mb-1 text-label font-medium" : "sr-only"}>{label}</legend>
      <div className="flex w-max max-w-full flex-wrap rounded border border-line-strong p-0.5">
        {options.map((option) => (
          <label
            key={option.value}
            className={classNames(
              "relative flex h-8 cursor-pointer items-center rounded-sm px-3 text-label font-medium transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-text",
              value === option.value ? "bg-accent text-on-accent" : "text-muted hover:text-text",
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={value === option.value}
              onChange={() => onValueChange(option.value)}
              className="sr-only"
            />
            {option.name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
