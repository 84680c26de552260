import type { ProducerSettings } from "@taskpulse/contract";
import { CopyLine } from "@taskpulse/ui";

export interface FirstVisitProps {
  settings: ProducerSettings;
  /** Starts a batch from the command line. */
  command: string;
}

export function FirstVisit({ settings, command }: FirstVisitProps) {
  return (
    <section
      aria-labelledby="first-visit"
      className="flex flex-col gap-3 rounded border border-line bg-raised p-4 md:p-6"
    >
      <h2 id="first-visit" className="text-title font-semibold">
        Nothing has been sent yet
      </h2>
      <p className="max-w-prose text-muted">
        Press <strong className="font-semibold text-text">Produce Tasks</strong>: tasks with made-up
        owners and random priorities are sent one after the other as webhooks to{" "}
        <code className="font-mono break-all text-text">{settings.receiverUrl}</code>, and a line
        appears here as each is answered. The batch belongs to the server: it goes on when this page
        is closed, and after a restart.
      </p>
      <p className="max-w-prose">
        Watch them arrive on{" "}
        <a
          href={settings.boardUrl}
          target="taskpulse-board"
          className="font-medium text-accent-text underline underline-offset-2"
        >
          the board
        </a>
        . The same from the command line:
      </p>
      <CopyLine code={command} what="the curl command" />
    </section>
  );
}
