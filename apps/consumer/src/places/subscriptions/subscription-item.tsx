"use client";

import type { SubscriptionView } from "@taskpulse/contract";
import {
  Button,
  ConfirmDialog,
  classNames,
  formatAge,
  formatCount,
  visibleText,
} from "@taskpulse/ui";
import { Ban, ChevronRight, CircleCheck } from "lucide-react";
import { useId, useState } from "react";
import { failureWords } from "../failure-words.ts";
import { Said } from "../said.tsx";
import { sentence } from "../sentence.ts";
import { useAct } from "../use-act.ts";
import { filterWords } from "./filter-words.ts";
import { SubscriptionDetails } from "./subscription-details.tsx";

export interface SubscriptionItemProps {
  subscription: SubscriptionView;
  now: number;
  onOpenTask: (taskid: string) => void;
  onChanged: () => void;
  onDeleted: () => void;
}

/** One subscription: where results go, which, how it stands, and what can be done to it. */
export function SubscriptionItem(props: SubscriptionItemProps) {
  const { subscription, now, onOpenTask, onChanged, onDeleted } = props;
  const [open, setOpen] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [tests, setTests] = useState(0);
  const { acting, outcome, act } = useAct(onChanged);
  const id = useId();
  const { subscriptionid, name, url, state, why, disabled_at, delivered, failed } = subscription;
  const path = `/api/subscriptions/${subscriptionid}`;
  const isActive = state === "active";
  const address = visibleText(url);
  const test = async () => {
    const done = "A test is on its way; it appears below.";
    const answer = await act({ path: `${path}/test`, done });
    if (!answer.ok) return;
    setOpen(true);
    setTests((count) => count + 1);
  };
  return (
    <li className="flex flex-col gap-2 border-b border-line px-3 py-3 last:border-b-0">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-w-60 flex-1 items-start gap-2 text-left"
        >
          <ChevronRight
            aria-hidden
            size={14}
            className={classNames(
              "mt-[3px] shrink-0 text-muted transition-transform",
              open && "rotate-90",
            )}
          />
          <span className="min-w-0">
            <span className="block font-medium break-words">
              {name === null ? address : visibleText(name)}
            </span>
            <span className="block text-label text-muted break-words">
              {name === null ? null : <span className="font-mono break-all">{address} · </span>}
              {visibleText(filterWords(subscription.filter))}
            </span>
          </span>
        </button>
        <span
          className={classNames(
            "flex w-24 items-center gap-1.5 text-label font-medium",
            isActive ? "text-good" : "text-warn",
          )}
        >
          {isActive ? (
            <CircleCheck aria-hidden size={14} strokeWidth={2.25} />
          ) : (
            <Ban aria-hidden size={14} strokeWidth={2.25} />
          )}
          {state}
        </span>
        <span className="w-40 text-label text-muted">
          {formatCount(delivered)} delivered
          <br />
          <span className={failed > 0 ? "font-medium text-bad" : ""}>
            {formatCount(failed)} failed
          </span>
        </span>
        <div className="flex flex-wrap gap-2">
          <Button size="small" busy={acting} onClick={() => void test()}>
            Send a test
          </Button>
          <Button
            size="small"
            className="min-w-18"
            busy={acting}
            onClick={() =>
              act(
                isActive
                  ? { path: `${path}/disable`, done: "It is disabled." }
                  : { path: `${path}/enable`, done: "It is enabled again." },
              )
            }
          >
            {isActive ? "Disable" : "Enable"}
          </Button>
          <Button size="small" kind="ghost" onClick={() => setDeleting(true)}>
            Delete
          </Button>
        </div>
      </div>
      {why === null ? null : (
        <p className="ml-5.5 rounded border border-l-4 border-line border-l-major-line px-3 py-1.5 text-label break-words">
          {sentence(visibleText(why))}
          {disabled_at === null ? "" : ` That was ${formatAge(disabled_at, now)}.`} Nothing is sent
          until it is enabled again.
        </p>
      )}
      {outcome === null ? null : (
        <div className="pl-5.5">
          <Said outcome={outcome} />
        </div>
      )}
      <div id={id} hidden={!open} className="pl-5.5">
        {open ? (
          <SubscriptionDetails {...{ subscription, now, tests, onOpenTask, onChanged }} />
        ) : null}
      </div>
      <ConfirmDialog
        open={deleting}
        danger
        title={`Delete the subscription${name === null ? "" : ` “${visibleText(name)}”`}?`}
        yes="Delete it"
        busy={acting}
        problem={outcome?.kind === "failed" ? failureWords(outcome.failure) : null}
        onYes={() =>
          void act({ path, method: "DELETE", done: "It is deleted." }).then(
            (answer) => answer.ok && onDeleted(),
          )
        }
        onNo={() => setDeleting(false)}
      >
        <span className="font-mono break-all">{address}</span> gets no more results, and those that
        wait are discarded. Its secret is gone with it.
      </ConfirmDialog>
    </li>
  );
}
