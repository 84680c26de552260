import { classNames } from "./class-names.ts";

/** Four rising bars, one per priority; `compact` leaves the name out where there is no room for it. */
export function Wordmark({ compact = false }: { compact?: boolean }) {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 16 16" className="size-4 fill-accent-text">
        <rect x="0" y="12" width="3" height="4" rx="0.75" />
        <rect x="4.33" y="9" width="3" height="7" rx="0.75" />
        <rect x="8.67" y="5" width="3" height="11" rx="0.75" />
        <rect x="13" y="0" width="3" height="16" rx="0.75" />
      </svg>
      <span className={classNames(compact && "max-md:sr-only")}>Taskpulse</span>
    </span>
  );
}
