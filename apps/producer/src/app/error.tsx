"use client";

import { FailedPage } from "@taskpulse/ui";

export default function PageFailed(failure: { error: Error; reset: () => void }) {
  return (
    <FailedPage
      title="Tasks Producer"
      heading="The page could not be shown"
      comfort="Batches go on all the same."
      part="producer"
      {...failure}
    />
  );
}
