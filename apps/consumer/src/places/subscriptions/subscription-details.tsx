"use client";

import type { DeliveryPage, SubscriptionView, SubscriptionWithSecret } from "@taskpulse/contract";
import {
  Button,
  ConfirmDialog,
  countOf,
  formatDateTime,
  SidePanel,
  visibleText,
} from "@taskpulse/ui";
import { useState } from "react";
import { Part } from "../../board/task/part.tsx";
import { DeliveryItem } from "../deliveries/delivery-item.tsx";
import { failureWords } from "../failure-words.ts";
import { useAct } from "../use-act.ts";
import { useReading } from "../use-reading.ts";
import { SecretOnce } from "./secret-once.tsx";

const LOOK_EVERY_MS = 3_000;
const SHOWN = 20;

export interface SubscriptionDetailsProps {
  subscription: SubscriptionView;
  now: number;
  /** Another test was sent: there is news. */
  tests: number;
  onOpenTask: (taskid: string) => void;
  onChanged: () => void;
}

/** How a subscription's webhooks are sent, what became of the latest, and its secret anew. */
export function SubscriptionDetails(props: SubscriptionDetailsProps) {
  const { subscription, now, tests, onOpenTask, onChanged } = props;
  const { subscriptionid, method, caller, headers, cookies, auth, timeout } = subscription;
  const { max_retries, retry_intervals, created_at, previous_secret_until } = subscription;
  const { value, failure, readAgain } = useReading<DeliveryPage>(
    `/api/deliveries?subscriptionid=${subscriptionid}&limit=${SHOWN}`,
    { everyMs: LOOK_EVERY_MS, follows: tests },
  );
  const sent = [
    `${method}${caller === "basic" ? "" : ` by ${caller}`}`,
    `${timeout} s at most`,
    max_retries === 0
      ? "no retries"
      : `${countOf(max_retries, "retry", "retries")} after ${retry_intervals.join(", ")} s`,
    headers.length === 0 ? "" : `headers ${headers.join(", ")}`,
    cookies.length === 0 ? "" : countOf(cookies.length, "cookie"),
    auth ? "with user and password" : "",
  ].filter((part) => part !== "");
  return (
    <div className="flex flex-col gap-4 pt-1">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-label text-muted">
        <span className="break-words">{visibleText(sent.join(" · "))}</span>
        <span>since {formatDateTime(created_at)}</span>
        {previous_secret_until !== null && Date.parse(previous_secret_until) > now ? (
          <span>the secret before signs until {formatDateTime(previous_secret_until)}</span>
        ) : null}
        <RotateSecret subscriptionid={subscriptionid} onChanged={onChanged} />
      </div>
      {subscription.description === null ? null : (
        <p className="break-words">{visibleText(subscription.description)}</p>
      )}
      <Part level={2} id={`latest-${subscriptionid}`} title="Latest deliveries">
        {value === null ? (
          <p className="text-label text-muted">
            {failure === null ? "Reading …" : failureWords(failure)}
          </p>
        ) : value.deliveries.length === 0 ? (
          <p className="text-label text-muted">None yet.</p>
        ) : (
          <ul className="rounded border border-line">
            {value.deliveries.map((delivery) => (
              <DeliveryItem
                key={delivery.deliveryid}
                delivery={delivery}
                addressKnown
                now={now}
                onChanged={readAgain}
                beside={
                  delivery.taskid === null ? null : (
                    <button
                      type="button"
                      onClick={() => delivery.taskid !== null && onOpenTask(delivery.taskid)}
                      className="font-medium text-accent-text underline underline-offset-2"
                    >
                      its task
                    </button>
                  )
                }
              />
            ))}
          </ul>
        )}
      </Part>
    </div>
  );
}

function RotateSecret(props: { subscriptionid: string; onChanged: () => void }) {
  const { subscriptionid, onChanged } = props;
  const { acting, outcome, act } = useAct(onChanged);
  const [asked, setAsked] = useState(false);
  const [made, setMade] = useState<SubscriptionWithSecret | null>(null);
  const rotate = async () => {
    const path = `/api/subscriptions/${subscriptionid}/rotate-secret`;
    const answer = await act<SubscriptionWithSecret>({ path, done: "There is a new secret." });
    if (!answer.ok) return;
    setAsked(false);
    setMade(answer.value);
  };
  return (
    <>
      <Button size="small" onClick={() => setAsked(true)}>
        New secret
      </Button>
      <ConfirmDialog
        open={asked}
        title="Make a new secret?"
        yes="Make it"
        busy={acting}
        problem={outcome?.kind === "failed" ? failureWords(outcome.failure) : null}
        onYes={() => void rotate()}
        onNo={() => setAsked(false)}
      >
        It is shown once. The secret that is in force now signs as well for a day, so that the
        receiver can change over.
      </ConfirmDialog>
      <SidePanel open={made !== null} title="The new secret" onClose={() => setMade(null)}>
        {made === null ? null : (
          <div className="p-4">
            <SecretOnce
              secret={made.secret}
              previousUntil={made.previous_secret_until}
              onDone={() => setMade(null)}
            />
          </div>
        )}
      </SidePanel>
    </>
  );
}
