"use client";

import { classNames, formatTime, useHydrated } from "@taskpulse/ui";
import { Check, CircleDashed, CircleDot, LogOut } from "lucide-react";
import type { Connection } from "./page-model.ts";

const TONE = {
  connecting: "text-muted",
  live: "text-good",
  reconnecting: "text-warn",
  away: "text-bad",
  "signed-out": "text-warn",
  complete: "text-muted",
} as const satisfies Record<Connection["kind"], string>;

export function ConnectionBadge({
  connection,
  onTryNow,
}: {
  connection: Connection;
  onTryNow: () => void;
}) {
  const utc = !useHydrated();
  return (
    <div className="flex min-h-5 items-center justify-end gap-2 text-label whitespace-nowrap max-md:justify-start">
      <span
        data-connection={connection.kind}
        className={classNames("flex items-center gap-1.5 font-medium", TONE[connection.kind])}
      >
        <span className="flex size-3.5 items-center justify-center">
          {connectionMark(connection, 14)}
        </span>
        {words(connection, utc)}
      </span>
      {connection.kind === "reconnecting" ? (
        <button
          type="button"
          onClick={onTryNow}
          className="font-medium text-accent-text underline underline-offset-2"
        >
          try now
        </button>
      ) : null}
    </div>
  );
}

/** The mark of a state, wherever it is told. */
export function connectionMark(connection: Connection, size: number) {
  if (connection.kind === "live") {
    return <span aria-hidden className="size-2.5 rounded-full bg-current" />;
  }
  if (connection.kind === "complete") return <Check aria-hidden size={size} />;
  if (connection.kind === "away") return <CircleDot aria-hidden size={size} />;
  if (connection.kind === "signed-out") return <LogOut aria-hidden size={size} />;
  return <CircleDashed aria-hidden size={size} />;
}

function words(connection: Connection, utc: boolean): string {
  switch (connection.kind) {
    case "connecting":
      return "connecting";
    case "live":
      return "live";
    case "reconnecting":
      return `reconnecting since ${formatTime(connection.since, { utc })}`;
    case "away":
      return `store away since ${formatTime(connection.since, { utc })}`;
    case "signed-out":
      return "signed out";
    case "complete":
      return "up to date";
    default:
      return connection satisfies never;
  }
}
