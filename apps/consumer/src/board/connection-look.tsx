import { Check, CircleDashed, CircleDot, LogOut } from "lucide-react";
import type { ReactNode } from "react";
import type { Connection } from "./connection-state.ts";

interface Look {
  tone: string;
  mark: (size: number) => ReactNode;
}

/** One colour and one mark per state, wherever it is told. */
export const CONNECTION_LOOK: Record<Connection["kind"], Look> = {
  connecting: { tone: "text-muted", mark: (size) => <CircleDashed aria-hidden size={size} /> },
  live: {
    tone: "text-good",
    mark: () => <span aria-hidden className="size-2.5 rounded-full bg-current" />,
  },
  reconnecting: { tone: "text-warn", mark: (size) => <CircleDashed aria-hidden size={size} /> },
  stale: { tone: "text-warn", mark: (size) => <CircleDot aria-hidden size={size} /> },
  away: { tone: "text-bad", mark: (size) => <CircleDot aria-hidden size={size} /> },
  "signed-out": { tone: "text-warn", mark: (size) => <LogOut aria-hidden size={size} /> },
  "caught-up": {
    tone: "text-good",
    mark: (size) => <Check aria-hidden size={size} strokeWidth={3} />,
  },
};
