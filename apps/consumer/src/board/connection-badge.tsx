"use client";

import { classNames, formatDuration, useHydrated } from "@taskpulse/ui";
import { Check, CircleDashed, CircleDot, LogOut } from "lucide-react";
import type { Connection } from "./connection-state.ts";
import { connectionWords } from "./connection-words.ts";

const LOOK = {
  connecting: { tone: "text-muted", mark: <CircleDashed aria-hidden size={14} /> },
  live: {
    tone: "text-good",
    mark: <span aria-hidden className="size-2.5 rounded-full bg-current" />,
  },
  reconnecting: { tone: "text-warn", mark: <CircleDashed aria-hidden size={14} /> },
  stale: { tone: "text-warn", mark: <CircleDot aria-hidden size={14} /> },
  away: { tone: "text-bad", mark: <CircleDot aria-hidden size={14} /> },
  "signed-out": { tone: "text-bad", mark: <LogOut aria-hidden size={14} /> },
  "caught-up": { tone: "text-good", mark: <Check aria-hidden size={14} strokeWidth={3} /> },
} as const satisfies Record<Connection["kind"], unknown>;

export interface ConnectionBadgeProps {
  connection: Connection;
  now: number;
}

export function ConnectionBadge({ connection, now }: ConnectionBadgeProps) {
  const hydrated = useHydrated();
  const { tone, mark } = LOOK[connection.kind];
  return (
    <div className="flex min-h-5 items-center justify-end gap-2 text-label whitespace-nowrap max-md:justify-start">
      <span
        data-connection={connection.kind}
        className={classNames("flex items-center gap-1.5 font-medium", tone)}
      >
        <span className="flex size-3.5 items-center justify-center">{mark}</span>
        {connectionWords(connection, !hydrated)}
      </span>
      <Beside connection={connection} now={now} />
    </div>
  );
}

function Beside({ connection, now }: ConnectionBadgeProps) {
  if (connection.kind === "live") {
    const ageMs = Math.max(0, now - connection.heardAt);
    return (
      <span className="w-14 text-muted" title="Age of the last word from the server">
        {formatDuration(ageMs)}
      </span>
    );
  }
  if (connection.kind === "reconnecting") {
    const { nextTryAt } = connection;
    const waitMs = nextTryAt === null ? 0 : nextTryAt - now;
    return (
      <span className="w-24 text-muted">
        {waitMs > 0 ? `next try in ${Math.ceil(waitMs / 1_000)} s` : "trying …"}
      </span>
    );
  }
  return null;
}
