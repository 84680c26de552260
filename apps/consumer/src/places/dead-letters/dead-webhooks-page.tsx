"use client";

import type { DeliveryPage, DeliveryRow, EndpointPage, ReplayJob } from "@taskpulse/contract";
import { Button, EmptyState, formatCount, visibleText } from "@taskpulse/ui";
import { X } from "lucide-react";
import { useCallback, useState } from "react";
import type { BoardStart } from "../../board/board-model.ts";
import { useQuery } from "../../board/use-query.ts";
import { Choice } from "../choice.tsx";
import { DeliveryItem } from "../deliveries/delivery-item.tsx";
import { EndpointNotices } from "../deliveries/endpoint-notices.tsx";
import { JobProgress } from "../jobs/job-progress.tsx";
import { ListFrame } from "../lists/list-frame.tsx";
import { useCursorList } from "../lists/use-cursor-list.ts";
import { Place } from "../place.tsx";
import { useOpenTask } from "../use-open-task.tsx";
import { usePlace } from "../use-place.ts";
import { useReading } from "../use-reading.ts";
import { DeadTabs } from "./dead-tabs.tsx";
import { ReplayAll } from "./replay-all.tsx";

/** Webhooks come to their end without any change of a task's state. */
const LOOK_EVERY_MS = 5_000;
const DEAD_STATES = ["failed", "discarded"] as const;
type DeadState = (typeof DEAD_STATES)[number];

const itemsOf = (page: DeliveryPage): readonly DeliveryRow[] => page.deliveries;
const idOf = (delivery: DeliveryRow) => delivery.deliveryid;

export function DeadWebhooksPage({ start }: { start: BoardStart }) {
  const place = usePlace(start);
  const { query, change } = useQuery();
  const { openTask, dialog } = useOpenTask(place.model);
  const [jobid, setJobid] = useState<string | null>(null);
  const state: DeadState = DEAD_STATES.find((s) => s === query.get("state")) ?? "failed";
  const endpoint = query.get("endpoint") ?? undefined;
  const at = endpoint === undefined ? "" : `&endpoint=${encodeURIComponent(endpoint)}`;
  const list = useCursorList<DeliveryPage, DeliveryRow>({
    ...{ path: `/api/deliveries?state=${state}${at}`, itemsOf, idOf },
    everyMs: LOOK_EVERY_MS,
  });
  const endpoints = useReading<EndpointPage>("/api/endpoints?limit=200", {
    everyMs: LOOK_EVERY_MS,
  });
  const known = endpoints.value?.endpoints ?? [];
  const set = useCallback(
    (name: string, value: string | undefined) =>
      change((now) => {
        if (value === undefined) now.delete(name);
        else now.set(name, value);
        return now;
      }, true),
    [change],
  );
  const refresh = useCallback(() => {
    list.readAgain();
    endpoints.readAgain();
  }, [list.readAgain, endpoints.readAgain]);
  const address = known.find(({ endpointid }) => endpointid === endpoint)?.address ?? endpoint;

  return (
    <Place
      place={place}
      heading="Dead letters"
      lead="Result webhooks that could not be delivered. A replay sends the same id and the same body again."
      actions={<DeadTabs here="/dead-letters/webhooks" count={list.page?.totals.failed ?? null} />}
    >
      {jobid === null ? null : (
        <JobProgress<ReplayJob>
          path={`/api/replays/${jobid}`}
          title="Replaying webhooks"
          words={({ replayed, refused }) =>
            `${formatCount(replayed)} sent again${refused > 0 ? `, ${formatCount(refused)} not: their subscription is disabled or gone` : ""}.`
          }
          isClean={(job) => job.refused === 0}
          onEnded={refresh}
          onClose={() => setJobid(null)}
        />
      )}
      <ListFrame
        list={list}
        name="Dead webhooks, newest first"
        trouble="The webhooks could not be read"
        itemHeight={64}
        tools={
          <>
            <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">
              <Choice
                name="State"
                all={null}
                options={DEAD_STATES}
                chosen={state}
                onChoose={(next) => set("state", next === "failed" ? undefined : next)}
              />
              {endpoint === undefined ? (
                <Choice
                  name="Address"
                  all="All addresses"
                  options={known.map((one) => one.endpointid)}
                  nameOf={(id) => known.find((one) => one.endpointid === id)?.address ?? id}
                  chosen={undefined}
                  onChoose={(next) => set("endpoint", next)}
                />
              ) : (
                <Button
                  size="small"
                  className="max-w-full min-w-0"
                  onClick={() => set("endpoint", undefined)}
                  aria-label={`Address ${visibleText(address ?? "")}: show all addresses`}
                >
                  <span className="truncate font-mono">{visibleText(address ?? "")}</span>
                  <X aria-hidden size={14} className="shrink-0" />
                </Button>
              )}
            </div>
            <ReplayAll
              state={state}
              endpoint={endpoint}
              address={address}
              disabled={list.items.length === 0}
              onBegun={(jobid) => {
                setJobid(jobid);
                refresh();
              }}
            />
          </>
        }
        empty={
          <EmptyState
            className="min-h-64"
            title={state === "failed" ? "No webhook has failed for good." : "None was discarded."}
          >
            {state === "failed"
              ? "One that is not taken after its last try appears here, with what was answered."
              : "Webhooks are discarded when their subscription is disabled or deleted."}
          </EmptyState>
        }
      >
        {(delivery) => (
          <DeliveryItem
            key={delivery.deliveryid}
            delivery={delivery}
            now={place.now}
            onChanged={refresh}
            beside={
              delivery.taskid === null ? null : (
                <button
                  type="button"
                  onClick={() => openTask(delivery.taskid)}
                  className="font-medium text-accent-text underline underline-offset-2"
                >
                  its task
                </button>
              )
            }
          />
        )}
      </ListFrame>
      <EndpointNotices endpoints={known} now={place.now} onChanged={refresh} />
      {dialog}
    </Place>
  );
}
