"use client";

import { AppShell, Button, Notice } from "@taskpulse/ui";

export default function BoardFailed({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <AppShell title="Tasks Consumer">
      <Notice
        urgent
        kind="error"
        title="The board could not be shown"
        action={<Button onClick={reset}>Try again</Button>}
      >
        Tasks are received and stored all the same. If it fails again, look into the consumer's log
        {"digest" in error && typeof error.digest === "string" ? ` for ${error.digest}` : ""}.
      </Notice>
    </AppShell>
  );
}
