"use client";

import { Button, formatTime, Notice } from "@taskpulse/ui";
import type { ReactNode } from "react";
import type { Connection } from "./connection-state.ts";

const BLIP_MS = 3_000;

interface Words {
  title: string;
  means: ReactNode;
  tryNow?: boolean;
}

/** What the figures are worth now, and what to do. Lies over the page: nothing moves beneath it. */
export function ConnectionNotice({
  connection,
  now,
  onTryNow,
}: {
  connection: Connection;
  now: number;
  onTryNow: () => void;
}) {
  const words = explain(connection, now);
  if (words === null) return null;
  return (
    <div className="pointer-events-none fixed inset-x-0 bottom-0 z-30 flex justify-center p-4">
      <Notice
        kind="warn"
        title={words.title}
        className="pointer-events-auto max-w-xl shadow-over"
        action={
          words.tryNow ? (
            <Button size="small" onClick={onTryNow}>
              Try now
            </Button>
          ) : null
        }
      >
        {words.means}
      </Notice>
    </div>
  );
}

function explain(connection: Connection, now: number): Words | null {
  switch (connection.kind) {
    case "reconnecting":
      // A restart of the server takes no longer; the header says it meanwhile.
      if (now - connection.since < BLIP_MS) return null;
      return {
        title: "The connection to the server is lost",
        means: `These are the figures of ${formatTime(connection.heardAt ?? connection.since)}. It reconnects by itself and then shows what was missed. Is the consumer running?`,
        tryNow: true,
      };
    case "stale":
      return {
        title: "The server is silent",
        means: `Nothing came since ${formatTime(connection.since)}: the figures may be behind. The page keeps asking.`,
      };
    case "away":
      return {
        title: "The store is away",
        means:
          "Nothing that was acknowledged is lost. New tasks are refused with 503 until Redis is back; this page then goes on by itself.",
      };
    case "connecting":
    case "live":
    case "caught-up":
      return null;
    default:
      return connection satisfies never;
  }
}
