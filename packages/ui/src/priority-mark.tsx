import type { Priority } from "@taskpulse/contract";
import { classNames } from "./class-names.ts";
import { PRIORITY_LOOK } from "./priority-look.ts";

const HEIGHT = { 1: 3, 2: 6, 3: 9, 4: 13 } as const;

/** The block glyph of a priority, drawn rather than typed: fonts without it show a box. */
export function PriorityGlyph({ priority, className }: { priority: Priority; className?: string }) {
  const { rank, fillClass } = PRIORITY_LOOK[priority];
  const height = HEIGHT[rank as keyof typeof HEIGHT] ?? 3;
  return (
    <svg
      aria-hidden
      viewBox="0 0 12 14"
      className={classNames("inline-block h-3.5 w-3 shrink-0", className)}
    >
      <rect
        x="0.5"
        y={13.5 - height}
        width="11"
        height={height}
        rx="1"
        strokeWidth="1"
        className={fillClass}
      />
    </svg>
  );
}

export interface PriorityMarkProps {
  priority: Priority;
  className?: string;
}

/** Glyph, word and colour: a priority is never told by colour alone. */
export function PriorityMark({ priority, className }: PriorityMarkProps) {
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1.5 font-medium",
        PRIORITY_LOOK[priority].textClass,
        className,
      )}
    >
      <PriorityGlyph priority={priority} />
      {priority}
    </span>
  );
}
