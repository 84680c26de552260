"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { classNames } from "./class-names.ts";

/** Copies text; the answer says whether it worked, for two seconds. */
function useCopy() {
  const [outcome, setOutcome] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (outcome === "idle") return;
    const timer = setTimeout(() => setOutcome("idle"), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = (text: string) => {
    // Absent on plain-http pages that are not on loopback.
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("none"));
    written.then(
      () => setOutcome("copied"),
      () => setOutcome("failed"),
    );
  };
  return { outcome, copy };
}

export interface CopyButtonProps {
  text: string;
  /** What is copied: `task id` → "Copy task id". */
  what: string;
  /** Shows the words too, not just the icon. */
  wordy?: boolean;
  className?: string;
}

export function CopyButton({ text, what, wordy = false, className }: CopyButtonProps) {
  const { outcome, copy } = useCopy();
  const said = { idle: `Copy ${what}`, copied: "Copied", failed: "Select it and copy by hand" };
  return (
    <button
      type="button"
      onClick={() => copy(text)}
      title={said[outcome]}
      className={classNames(
        "inline-flex h-8 min-w-8 shrink-0 items-center justify-center gap-1.5 rounded text-label text-muted transition-colors hover:bg-sunken hover:text-text",
        wordy && "border border-line-strong px-2.5 font-medium",
        className,
      )}
    >
      {outcome === "copied" ? (
        <Check aria-hidden size={14} className="text-good" />
      ) : (
        <Copy aria-hidden size={14} />
      )}
      <span className={wordy ? undefined : "sr-only"} aria-live="polite">
        {said[outcome]}
      </span>
    </button>
  );
}

export interface CopyLineProps {
  code: string;
  /** What the line is, for the button's name. */
  what?: string;
  className?: string;
}

/** A line of code to take along. It scrolls in itself rather than widening the page. */
export function CopyLine({ code, what = "the line", className }: CopyLineProps) {
  return (
    <div
      className={classNames(
        "flex min-w-0 items-start gap-1 rounded border border-line bg-sunken p-1 pl-3",
        className,
      )}
    >
      <section
        aria-label={`Code: ${what}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-w-0 grow overflow-x-auto py-1.5"
      >
        <code className="font-mono text-label whitespace-pre">{code}</code>
      </section>
      <CopyButton text={code} what={what} />
    </div>
  );
}
