"use client";

import { Button, formatTime, Notice, SignInLink } from "@taskpulse/ui";
import type { ReactNode } from "react";
import { CONNECTION_LOOK } from "./connection-look.tsx";
import type { Connection } from "./connection-state.ts";

const BLIP_MS = 3_000;

interface Words {
  title: string;
  means: ReactNode;
  action?: "try now" | "sign in";
}

/**
 * What the figures are worth now, and what to do: right under the badge that tells the state, and
 * with its mark. It covers nothing: on a wide screen the panels below become a little lower.
 */
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
    <Notice
      kind={connection.kind === "away" ? "error" : "warn"}
      mark={CONNECTION_LOOK[connection.kind].mark(18)}
      title={words.title}
      className="shrink-0"
      action={
        words.action === "try now" ? (
          <Button size="small" onClick={onTryNow}>
            Try now
          </Button>
        ) : words.action === "sign in" ? (
          <SignInLink />
        ) : null
      }
    >
      {words.means}
    </Notice>
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
        action: "try now",
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
    case "signed-out":
      return {
        title: "You are signed out",
        means:
          "Tasks are received and stored all the same, but this page shows what was. It goes on by itself once you have signed in, here or in another tab.",
        action: "sign in",
      };
    case "connecting":
    case "live":
    case "caught-up":
      return null;
    default:
      return connection satisfies never;
  }
}
