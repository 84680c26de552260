import type { DeliveryState } from "@taskpulse/contract";
import { classNames } from "@taskpulse/ui";
import { Ban, Check, Hourglass, type LucideIcon, X } from "lucide-react";

const LOOK: Readonly<Record<DeliveryState, { Icon: LucideIcon; tone: string }>> = {
  pending: { Icon: Hourglass, tone: "text-muted" },
  delivered: { Icon: Check, tone: "text-good" },
  failed: { Icon: X, tone: "text-bad" },
  discarded: { Icon: Ban, tone: "text-muted" },
};

/** Glyph, word and colour of how a result webhook stands. */
export function DeliveryMark({ state }: { state: DeliveryState }) {
  const { Icon, tone } = LOOK[state];
  return (
    <span className={classNames("inline-flex shrink-0 items-center gap-1.5 font-medium", tone)}>
      <Icon aria-hidden size={14} strokeWidth={2.25} />
      {state}
    </span>
  );
}
