"use client";

import { AppShell, LiveRegion } from "@taskpulse/ui";
import type { ReactNode } from "react";
import { ConnectionBadge } from "../board/connection-badge.tsx";
import { ConnectionNotice } from "../board/connection-notice.tsx";
import { connectionWords } from "../board/connection-words.ts";
import { PlaceNav } from "./place-nav.tsx";
import type { PlaceFacts } from "./use-place.ts";

export interface PlaceProps {
  place: PlaceFacts;
  /** The page's h1; the board has the app's name instead. */
  heading?: ReactNode;
  /** What the page is for, in one sentence. */
  lead?: ReactNode;
  /** What can be done here, at the right of the heading. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of the consumer's pages: where one can go, the connection, and what it means. */
export function Place({ place, heading, lead, actions, children }: PlaceProps) {
  const { model, connection, now } = place;
  const notice = <ConnectionNotice connection={connection} now={now} onTryNow={model.tryNow} />;
  return (
    <AppShell
      title="Tasks Consumer"
      hasHeading={heading !== undefined}
      nav={<PlaceNav />}
      connection={<ConnectionBadge connection={connection} now={now} />}
      signedOut={connection.kind === "signed-out"}
    >
      <LiveRegion text={connectionWords(connection)} />
      {heading === undefined ? (
        <div className="flex flex-col gap-3 md:h-[calc(100dvh-var(--header)-32px)] md:min-h-[520px]">
          {notice}
          {children}
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          {notice}
          <noscript>
            <p className="text-warn">This page needs JavaScript; the API does the same without.</p>
          </noscript>
          <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
            <div className="min-w-60 flex-1">
              <h1 className="text-title font-semibold tracking-tight">{heading}</h1>
              {lead === undefined ? null : <p className="max-w-[90ch] text-muted">{lead}</p>}
            </div>
            {actions}
          </div>
          {children}
        </div>
      )}
    </AppShell>
  );
}
