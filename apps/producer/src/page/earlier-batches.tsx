"use client";

import type { BatchView } from "@taskpulse/contract";
import { classNames, formatCount, formatDateTime, shortId, useHydrated } from "@taskpulse/ui";
import { took } from "./batch-progress.tsx";

export interface EarlierBatchesProps {
  /** Newest first. */
  batches: readonly BatchView[];
  /** The one on the page, newer than its entry in the list. */
  shown: BatchView | null;
}

const CELL = "px-4 py-2 max-sm:px-2";

export function EarlierBatches({ batches, shown }: EarlierBatchesProps) {
  const utc = !useHydrated();
  return (
    <section
      aria-labelledby="earlier-title"
      className="overflow-x-auto rounded border border-line bg-raised"
    >
      <h2 id="earlier-title" className="border-b border-line px-4 py-3 font-semibold">
        Batches
      </h2>
      <table className="w-full text-left">
        <thead className="text-label text-muted">
          <tr>
            <th className={classNames(CELL, "font-medium")}>When</th>
            <th className={classNames(CELL, "font-medium max-md:hidden")}>State</th>
            <th className={classNames(CELL, "text-right font-medium")}>Size</th>
            <th className={classNames(CELL, "text-right font-medium")}>Delivered</th>
            <th className={classNames(CELL, "text-right font-medium")}>
              <span className="max-sm:hidden">Undelivered</span>
              <abbr title="Undelivered" className="no-underline sm:hidden">
                Undel.
              </abbr>
            </th>
            <th className={classNames(CELL, "text-right font-medium max-md:hidden")}>Took</th>
            <th className={CELL}>
              <span className="sr-only">Open</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {batches.map((listed) => {
            const isShown = listed.batchid === shown?.batchid;
            const batch = isShown ? shown : listed;
            const { batchid, state, total, delivered, failed, created_at } = batch;
            const when = formatDateTime(created_at, { utc });
            return (
              <tr
                key={batchid}
                className={classNames("border-t border-line", isShown && "bg-accent-soft")}
              >
                <td className={CELL} title={`${when}${utc ? " UTC" : ""}`}>
                  <span className="max-sm:hidden">{when.slice(0, 10)} </span>
                  {when.slice(11)}
                </td>
                <td className={classNames(CELL, "max-md:hidden")}>{state}</td>
                <td className={classNames(CELL, "text-right")}>{formatCount(total)}</td>
                <td className={classNames(CELL, "text-right")}>{formatCount(delivered)}</td>
                <td className={classNames(CELL, "text-right", failed > 0 && "text-bad")}>
                  {formatCount(failed)}
                </td>
                <td className={classNames(CELL, "text-right max-md:hidden")}>{took(batch)}</td>
                <td className={classNames(CELL, "w-24 text-right whitespace-nowrap")}>
                  {isShown ? (
                    <span className="text-label text-muted">shown</span>
                  ) : (
                    <a
                      href={`/?batch=${encodeURIComponent(batchid)}`}
                      aria-label={`Open batch ${shortId(batchid)} of ${when}`}
                      className="text-label font-medium text-accent-text underline underline-offset-2"
                    >
                      open
                    </a>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
