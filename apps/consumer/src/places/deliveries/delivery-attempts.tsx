"use client";

import type { DeliveryAttempt, DeliveryDetail } from "@taskpulse/contract";
import {
  classNames,
  formatDateTime,
  formatDuration,
  formatTime,
  Skeleton,
  visibleText,
} from "@taskpulse/ui";
import { ReplyBox } from "../../board/task/reply-box.tsx";
import { failureWords } from "../failure-words.ts";
import { useReading } from "../use-reading.ts";

/** What was tried to deliver one result webhook, and what was answered. */
export function DeliveryAttempts({ deliveryid, tries }: { deliveryid: string; tries: number }) {
  const { value, failure } = useReading<DeliveryDetail>(`/api/deliveries/${deliveryid}`, {
    follows: tries,
  });
  if (value === null) {
    return failure === null ? (
      <Skeleton className="h-4 w-2/3" />
    ) : (
      <p role="alert" className="text-label text-bad">
        {failureWords(failure)}
      </p>
    );
  }
  const { attempts, request } = value;
  return (
    <div className="flex flex-col gap-2 text-label">
      <p className="text-muted break-words">
        {request.method} {visibleText(request.url)}, webhook-id{" "}
        <span className="font-mono break-all">{deliveryid}</span>
      </p>
      {attempts.length === 0 ? <p className="text-muted">It has not been tried yet.</p> : null}
      <ol className="flex flex-col gap-2">
        {attempts.map((attempt) => (
          <Try key={attempt.attempt} attempt={attempt} />
        ))}
      </ol>
    </div>
  );
}

function Try({ attempt }: { attempt: DeliveryAttempt }) {
  const { outcome, status, error, reply, retry_at, started_at, duration_ms } = attempt;
  return (
    <li className="flex flex-col gap-1.5 border-l-2 border-line pl-3">
      <p className="flex flex-wrap gap-x-3">
        <span className="w-10">Try {attempt.attempt}</span>
        <span className="font-mono" title={formatDateTime(started_at)}>
          {formatTime(started_at, { millis: true })}
        </span>
        <span className="w-14">{formatDuration(duration_ms)}</span>
        <span
          className={classNames("font-medium", outcome === "delivered" ? "text-good" : "text-bad")}
        >
          {outcome}
          {status === undefined ? "" : ` · HTTP ${status}`}
        </span>
      </p>
      {error === undefined ? null : (
        <p className="break-words">
          <span className="mr-2 font-medium">{error.type}</span>
          {visibleText(error.message)}
        </p>
      )}
      {retry_at === undefined ? null : (
        <p className="text-muted">The next try was set for {formatTime(retry_at)}.</p>
      )}
      {reply === undefined ? null : (
        <ReplyBox reply={reply} name={`Reply to try ${attempt.attempt}`} />
      )}
    </li>
  );
}
