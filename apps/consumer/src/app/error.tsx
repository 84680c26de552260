"use client";

import { FailedPage } from "@taskpulse/ui";

export default function BoardFailed(failure: { error: Error; reset: () => void }) {
  return (
    <FailedPage
      title="Tasks Consumer"
      heading="The board could not be shown"
      comfort="Tasks are received and stored all the same."
      part="consumer"
      {...failure}
    />
  );
}
