"use client";

import { AppShell, Button, Notice } from "@taskpulse/ui";

export default function PageFailed({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <AppShell title="Tasks Producer">
      <Notice
        urgent
        kind="error"
        title="The page could not be shown"
        action={<Button onClick={reset}>Try again</Button>}
      >
        Batches go on all the same. If it fails again, look into the producer's log
        {"digest" in error && typeof error.digest === "string" ? ` for ${error.digest}` : ""}.
      </Notice>
    </AppShell>
  );
}
