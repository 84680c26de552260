"use client";

import { Button, CopyLine } from "@taskpulse/ui";

export interface SecretOnceProps {
  secret: string;
  /** Until when the one before it also signs; null when there was none. */
  previousUntil: string | null;
  onDone: () => void;
}

/** A secret that is shown this one time. */
export function SecretOnce({ secret, previousUntil, onDone }: SecretOnceProps) {
  return (
    <div className="flex flex-col gap-3">
      <p>
        This secret verifies what arrives (Standard Webhooks, <code>webhook-signature</code>). It is{" "}
        <strong className="font-semibold">shown this once</strong>: copy it to the receiver now.
        {previousUntil === null ? "" : " Until then the secret before it signs as well."}
      </p>
      <CopyLine code={secret} what="the secret" />
      <Button kind="primary" className="self-start" onClick={onDone}>
        I have kept it
      </Button>
    </div>
  );
}
