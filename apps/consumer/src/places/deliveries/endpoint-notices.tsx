"use client";

import type { EndpointView } from "@taskpulse/contract";
import { Button, countOf, formatAge, Notice, visibleText } from "@taskpulse/ui";
import { inWords } from "../in-words.ts";
import { Said } from "../said.tsx";
import { useAct } from "../use-act.ts";

/** More would be no news. */
const SHOWN = 3;

export interface EndpointNoticesProps {
  endpoints: readonly EndpointView[];
  now: number;
  onChanged: () => void;
}

/** Addresses that nothing is sent to for now, why, and how to go on. They come and go by themselves: under what is read. */
export function EndpointNotices({ endpoints, now, onChanged }: EndpointNoticesProps) {
  const held = endpoints.filter(({ circuit }) => circuit !== "closed");
  return (
    <>
      {held.slice(0, SHOWN).map((endpoint) => (
        <HeldEndpoint key={endpoint.endpointid} {...{ endpoint, now, onChanged }} />
      ))}
      {held.length > SHOWN ? (
        <p className="text-label text-muted">
          Nothing is sent to {countOf(held.length - SHOWN, "more address", "more addresses")} for
          now.
        </p>
      ) : null}
    </>
  );
}

function HeldEndpoint(props: { endpoint: EndpointView; now: number; onChanged: () => void }) {
  const { endpoint, now, onChanged } = props;
  const { endpointid, address, circuit, pending } = endpoint;
  const { acting, outcome, act } = useAct(onChanged);
  const waiting = pending === 0 ? "" : ` ${countOf(pending, "webhook")} wait.`;
  return (
    <Notice
      kind="warn"
      title={<span className="break-all">{titleOf(circuit, visibleText(address))}</span>}
      action={
        <Button
          size="small"
          busy={acting}
          onClick={() =>
            act({ path: `/api/endpoints/${endpointid}/enable`, done: "It is tried again." })
          }
        >
          {circuit === "gone" ? "Enable again" : "Try now"}
        </Button>
      }
    >
      {meaning(endpoint, now)}
      {waiting} <Said outcome={outcome} />
    </Notice>
  );
}

function titleOf(circuit: EndpointView["circuit"], address: string): string {
  return circuit === "gone"
    ? `${address} answered 410: webhooks are not wanted there any more`
    : `${address} fails: webhooks to it wait`;
}

function meaning(
  { circuit, failures, open_until, last_at, last_status }: EndpointView,
  now: number,
) {
  if (circuit === "gone") {
    return `Tasks' own webhooks to it are discarded${last_at === null ? "" : ` since ${formatAge(last_at, now)}`}.`;
  }
  const answer = last_status === null ? "" : `, the last with HTTP ${last_status}`;
  const failed = `${countOf(failures, "try", "tries")} in a row failed${answer}.`;
  if (circuit === "half_open") return `${failed} One webhook tries now whether it is well again.`;
  const left = open_until === null ? 0 : Date.parse(open_until) - now;
  return left > 0
    ? `${failed} One webhook tries again ${inWords(left)}.`
    : `${failed} The next webhook tries whether it is well again.`;
}
