import type { TaskState } from "@taskpulse/contract";
import {
  Ban,
  Check,
  Circle,
  CirclePlay,
  Hourglass,
  ListEnd,
  type LucideIcon,
  RotateCw,
  X,
} from "lucide-react";
import { classNames } from "./class-names.ts";

/** How one state looks, wherever it is shown. */
interface StateLook {
  Icon: LucideIcon;
  /** What waits has no colour; what moves, and how it ended, has one. */
  tone: string;
  /** What it means, in a few words. */
  means: string;
}

export const STATE_LOOK: Readonly<Record<TaskState, StateLook>> = {
  received: { Icon: Circle, tone: "text-muted", means: "Stored; to be run, or only recorded" },
  waiting: { Icon: Hourglass, tone: "text-muted", means: "Waits for its time, or for other tasks" },
  queued: { Icon: ListEnd, tone: "text-muted", means: "A worker will take it next" },
  running: { Icon: CirclePlay, tone: "text-info", means: "A worker, or a remote, has it" },
  retrying: { Icon: RotateCw, tone: "text-warn", means: "A try failed; another is due" },
  succeeded: { Icon: Check, tone: "text-good", means: "Done" },
  failed: { Icon: X, tone: "text-bad", means: "Failed for good" },
  cancelled: { Icon: Ban, tone: "text-muted", means: "Stopped by hand" },
};

export function StateGlyph({ state, className }: { state: TaskState; className?: string }) {
  const { Icon, tone } = STATE_LOOK[state];
  return (
    <Icon
      aria-hidden
      size={14}
      strokeWidth={2.25}
      className={classNames("shrink-0", tone, className)}
    />
  );
}

export interface StateMarkProps {
  state: TaskState;
  className?: string;
}

/** Glyph, word and colour: a state is never told by colour alone. */
export function StateMark({ state, className }: StateMarkProps) {
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1.5 font-medium",
        STATE_LOOK[state].tone,
        className,
      )}
    >
      <StateGlyph state={state} />
      {state}
    </span>
  );
}
