"use client";

import { buttonLook, classNames, SignInLink } from "@taskpulse/ui";
import { Download, LoaderCircle } from "lucide-react";
import { type MouseEvent, useEffect, useRef, useState } from "react";
import { type ApiAnswer, csvPath, readCsv } from "./read-api.ts";
import type { TaskFilter } from "./task-filter.ts";

/** The server takes ten seconds for a file at most; the network some more. */
const PATIENCE_MS = 30_000;
/** Some browsers begin to read what is saved only after the click. */
const KEPT_MS = 60_000;

export interface CsvDownloadProps {
  filter: TaskFilter;
  /** The server or its store can't be had; when that is over, so is what failed of it. */
  behind: boolean;
}

/**
 * The listed tasks as a file. It is fetched here, as a browser that follows a link to a file says
 * nothing when it is refused one; without JavaScript it is that link. Both its parts stand in the
 * panel's row of tools, the words on a line of their own. One for each filter: a file of another is
 * wanted no more, nor is what became of it.
 */
export function CsvDownload({ filter, behind }: CsvDownloadProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Extract<ApiAnswer<Blob>, { ok: false }> | null>(null);
  const underWay = useRef<AbortController | null>(null);
  useEffect(() => () => underWay.current?.abort(), []);
  useEffect(() => {
    if (!behind) setFailure(null);
  }, [behind]);

  const download = async () => {
    const abort = new AbortController();
    underWay.current = abort;
    setBusy(true);
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const answer = await readCsv(filter, AbortSignal.any([abort.signal, patience]));
    if (abort.signal.aborted) return;
    setBusy(false);
    setFailure(answer.ok ? null : answer);
    if (answer.ok) save(answer.value);
  };
  const onClick = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    // Never rejects: a failure is an answer.
    if (!busy) void download();
  };

  return (
    <>
      <a
        href={csvPath(filter)}
        download="tasks.csv"
        title="Download these tasks, at most the newest 10,000"
        aria-busy={busy || undefined}
        onClick={onClick}
        className={classNames(buttonLook({ size: "small" }), "@max-[700px]:order-2")}
      >
        {busy ? (
          <LoaderCircle aria-hidden size={14} className="animate-turn" />
        ) : (
          <Download aria-hidden size={14} />
        )}
        CSV
      </a>
      {failure === null ? null : (
        <div
          role="alert"
          className="order-last flex basis-full items-center justify-between gap-3 text-label text-bad"
        >
          <span>No file was made. {failure.reason}</span>
          {failure.status === 401 ? <SignInLink /> : null}
        </div>
      )}
    </>
  );
}

function save(file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = "tasks.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
