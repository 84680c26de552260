import { SignInLink } from "@taskpulse/ui";
import { failureWords } from "./failure-words.ts";
import type { Outcome } from "./use-act.ts";

/** What came of something the reader did: seen beside it, and read out. */
export function Said({ outcome }: { outcome: Outcome | null }) {
  return (
    <>
      <span role="status" className="text-label text-good">
        {outcome?.kind === "done" ? outcome.words : ""}
      </span>
      {outcome?.kind === "failed" ? (
        <span role="alert" className="flex flex-wrap items-center gap-2 text-label text-bad">
          {failureWords(outcome.failure)}
          {outcome.failure.status === 401 ? <SignInLink /> : null}
        </span>
      ) : null}
    </>
  );
}
