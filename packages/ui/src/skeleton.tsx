import { classNames } from "./class-names.ts";

/** Stands where something will be; give it the size of what follows. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={classNames("block animate-shimmer rounded-sm bg-line", className)}
    />
  );
}
