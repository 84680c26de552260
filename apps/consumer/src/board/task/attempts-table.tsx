import type { Attempt } from "@taskpulse/contract";
import { classNames, formatDateTime, formatDuration, formatTime, visibleText } from "@taskpulse/ui";
import { Fragment } from "react";
import { Part } from "./part.tsx";
import { ReplyBox } from "./reply-box.tsx";

const OUTCOME = {
  succeeded: "text-good",
  failed: "text-bad",
  accepted: "text-info",
  cancelled: "text-muted",
} as const;

/** What was tried, oldest first. What went wrong stands under the try it belongs to. */
export function AttemptsTable({ attempts, now }: { attempts: readonly Attempt[]; now: number }) {
  if (attempts.length === 0) return null;
  const rounds = (attempts.at(-1)?.round ?? 0) > 0;
  return (
    <Part id="attempts-title" title="Attempts">
      <table aria-labelledby="attempts-title" className="w-full border-collapse text-left">
        <thead>
          <tr className="border-b border-line-strong text-label text-muted">
            <th scope="col" className="w-16 py-1.5 font-medium">
              Try
            </th>
            <th scope="col" className="py-1.5 font-medium">
              Began
            </th>
            <th scope="col" className="py-1.5 font-medium">
              Took
            </th>
            <th scope="col" className="py-1.5 font-medium">
              Outcome
            </th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <Fragment key={`${attempt.round} ${attempt.attempt} ${attempt.ended_at}`}>
              <tr className="border-t border-line text-label">
                <td className="py-1.5 whitespace-nowrap">
                  {rounds ? `${attempt.round + 1}.` : ""}
                  {attempt.attempt}
                </td>
                <td className="py-1.5 font-mono" title={formatDateTime(attempt.started_at)}>
                  {formatTime(attempt.started_at, { millis: true })}
                </td>
                <td className="py-1.5 whitespace-nowrap">{formatDuration(attempt.duration_ms)}</td>
                <td className={classNames("py-1.5 font-medium", OUTCOME[attempt.outcome])}>
                  {attempt.outcome}
                  {attempt.status === undefined ? "" : ` · HTTP ${attempt.status}`}
                </td>
              </tr>
              <More attempt={attempt} now={now} />
            </Fragment>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

function More({ attempt, now }: { attempt: Attempt; now: number }) {
  const { error, reply, retry_at } = attempt;
  if (error === undefined && reply === undefined && retry_at === undefined) return null;
  return (
    <tr>
      <td colSpan={4} className="pb-2.5">
        <div className="flex flex-col gap-1.5 border-l-2 border-line pl-3 text-label">
          {error === undefined ? null : (
            <p className="break-words">
              <span className="mr-2 font-medium">{error.type}</span>
              {visibleText(error.message)}
            </p>
          )}
          {retry_at === undefined ? null : (
            <p className="text-muted">
              {Date.parse(retry_at) > now ? "The next try is due" : "The next try was due"} at{" "}
              {formatTime(retry_at)}.
            </p>
          )}
          {reply === undefined ? null : (
            <ReplyBox reply={reply} name={`Reply to try ${attempt.attempt}`} />
          )}
        </div>
      </td>
    </tr>
  );
}
