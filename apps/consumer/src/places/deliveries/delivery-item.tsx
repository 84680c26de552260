"use client";

import type { DeliveryRow } from "@taskpulse/contract";
import { Button, classNames, countOf, formatAge, formatDateTime, visibleText } from "@taskpulse/ui";
import { ChevronRight, Send } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { inWords } from "../in-words.ts";
import { Said } from "../said.tsx";
import { sentence } from "../sentence.ts";
import { useAct } from "../use-act.ts";
import { DeliveryAttempts } from "./delivery-attempts.tsx";
import { DeliveryMark } from "./delivery-look.tsx";

export interface DeliveryItemProps {
  delivery: DeliveryRow;
  now: number;
  /** Where it goes is known from where it is shown: it is told what it is of instead. */
  addressKnown?: boolean;
  /** What else belongs to it, such as a way to its task. */
  beside?: ReactNode;
  onChanged: () => void;
}

/** One result webhook: how it stands; opened, all that was tried; and sending it again. */
export function DeliveryItem({
  delivery,
  now,
  addressKnown = false,
  beside,
  onChanged,
}: DeliveryItemProps) {
  const [open, setOpen] = useState(false);
  const { acting, outcome, act } = useAct(onChanged);
  const id = useId();
  const { deliveryid, state, address, tries, last_status, why, created_at } = delivery;
  return (
    <li className="flex flex-col gap-2 border-b border-line px-3 py-2 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-h-8 min-w-52 flex-1 items-center gap-2 text-left"
        >
          <ChevronRight
            aria-hidden
            size={14}
            className={classNames("shrink-0 text-muted transition-transform", open && "rotate-90")}
          />
          <span className="w-24 shrink-0 text-label">
            <DeliveryMark state={state} />
          </span>
          <span className="min-w-0 grow font-mono text-label break-all">
            {addressKnown ? subjectOf(delivery) : visibleText(address)}
          </span>
        </button>
        {state === "pending" ? null : (
          <Button
            size="small"
            busy={acting}
            icon={<Send aria-hidden size={14} />}
            onClick={() =>
              act({ path: `/api/deliveries/${deliveryid}/replay`, done: "It is sent again." })
            }
          >
            Replay
          </Button>
        )}
      </div>
      <p className="flex flex-wrap gap-x-3 pl-5.5 text-label text-muted">
        <span>{facts(delivery, addressKnown, now)}</span>
        {last_status === null ? null : <span>last answer HTTP {last_status}</span>}
        {tries === 0 ? null : <span>{countOf(tries, "try", "tries")}</span>}
        <time dateTime={created_at} title={formatDateTime(created_at)}>
          made {formatAge(created_at, now)}
        </time>
        {beside}
      </p>
      {why === null ? null : (
        <p className="pl-5.5 text-label break-words">{sentence(visibleText(why))}</p>
      )}
      {outcome === null ? null : (
        <div className="pl-5.5">
          <Said outcome={outcome} />
        </div>
      )}
      <div id={id} hidden={!open} className="pl-5.5">
        {open ? <DeliveryAttempts deliveryid={deliveryid} tries={tries} /> : null}
      </div>
    </li>
  );
}

function subjectOf({ event_type, taskid }: DeliveryRow): string {
  return taskid === null ? event_type : `${event_type} ${taskid}`;
}

function facts(delivery: DeliveryRow, addressKnown: boolean, now: number): string {
  const { event_type, state, due_at, subscriptionid } = delivery;
  const whose =
    subscriptionid === null ? "the task's own webhook" : `subscription ${subscriptionid}`;
  const what = addressKnown ? "" : event_type === "webhook.test" ? "test" : whose;
  if (state !== "pending" || due_at === null) return what;
  const left = Date.parse(due_at) - now;
  const when = left > 0 ? `next try ${inWords(left)}` : "due now";
  return what === "" ? when : `${what}, ${when}`;
}
