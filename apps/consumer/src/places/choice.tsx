"use client";

export interface ChoiceProps<T extends string> {
  name: string;
  /** What no choice is called; null: one is always chosen. */
  all: string | null;
  options: readonly T[];
  /** What an option is called, if not by itself. */
  nameOf?: (option: T) => string;
  chosen: T | undefined;
  onChoose: (option: T | undefined) => void;
}

/** One of several, or all of them. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { name, all, options, nameOf = (option: T) => option, chosen, onChoose } = props;
  return (
    <select
      aria-label={name}
      value={chosen ?? ""}
      onChange={({ target }) => onChoose(options.find((option) => option === target.value))}
      className="h-8 max-w-full min-w-0 shrink rounded border border-line-strong bg-raised px-2 text-label font-medium @max-[380px]:max-w-24"
    >
      {all === null ? null : <option value="">{all}</option>}
      {options.map((option) => (
        <option key={option} value={option}>
          {nameOf(option)}
        </option>
      ))}
    </select>
  );
}
