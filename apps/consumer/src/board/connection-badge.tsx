"use client";

import { classNames, formatDuration, useHydrated } from "@taskpulse/ui";
import { CONNECTION_LOOK } from "./connection-look.tsx";
import type { Connection } from "./connection-state.ts";
import { connectionWords } from "./connection-words.ts";

export interface ConnectionBadgeProps {
  connection: Connection;
  now: number;
}

export function ConnectionBadge({ connection, now }: ConnectionBadgeProps) {
  const hydrated = useHydrated();
  const { tone, mark } = CONNECTION_LOOK[connection.kind];
  return (
    <div className="flex min-h-5 items-center justify-end gap-2 text-label whitespace-nowrap max-md:justify-start">
      <span
        data-connection={connection.kind}
        className={classNames("flex items-center gap-1.5 font-medium", tone)}
      >
        <span className="flex size-3.5 items-center justify-center">{mark(14)}</span>
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
