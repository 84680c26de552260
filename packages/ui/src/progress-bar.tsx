import { classNames } from "./class-names.ts";

const TONE = {
  accent: "bg-accent",
  good: "bg-low",
  info: "bg-moderate",
  warn: "bg-major",
  bad: "bg-critical",
} as const;

export interface ProgressSegment {
  /** What this part counts, for the accessible value: `delivered`. */
  name: string;
  value: number;
  tone: keyof typeof TONE;
}

export interface ProgressBarProps {
  label: string;
  total: number;
  /** Drawn in this order from the left; what is left of `total` stays empty. */
  segments: readonly ProgressSegment[];
  className?: string;
}

/** How far something with an end has come, told apart by what became of it. */
export function ProgressBar({ label, total, segments, className }: ProgressBarProps) {
  const whole = Math.max(1, total);
  const done = segments.reduce((sum, segment) => sum + segment.value, 0);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(done, total)}
      aria-valuetext={`${done} of ${total}: ${segments.map((s) => `${s.value} ${s.name}`).join(", ")}`}
      className={classNames(
        "flex h-2 gap-px overflow-hidden rounded-full border border-line-strong bg-sunken",
        className,
      )}
    >
      {segments.map((segment) => (
        <span
          key={segment.name}
          style={{ width: `${(100 * Math.max(0, segment.value)) / whole}%` }}
          className={classNames("transition-[width] duration-200", TONE[segment.tone])}
        />
      ))}
    </div>
  );
}
