import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

export interface FigureProps {
  label: ReactNode;
  /** Already formatted. */
  value: ReactNode;
  /** Room kept for this many characters, so that a growing number moves nothing beside it. */
  digits?: number;
  /** Beside the number: a glyph, a unit, a sparkline. */
  beside?: ReactNode;
  /** The number is not current. */
  dimmed?: boolean;
  className?: string;
}

/** One number of a row of figures; the row is a `<dl>`. */
export function Figure({ label, value, digits = 7, beside, dimmed, className }: FigureProps) {
  return (
    <div className={classNames("flex min-w-0 flex-col gap-1", className)}>
      <dt className="text-label text-muted">{label}</dt>
      <dd className="flex items-baseline gap-2">
        <span
          style={{ minWidth: `${digits}ch` }}
          className={classNames(
            "text-figure font-semibold tracking-tight transition-colors",
            dimmed ? "text-muted" : "text-text",
          )}
        >
          {value}
        </span>
        {beside}
      </dd>
    </div>
  );
}
