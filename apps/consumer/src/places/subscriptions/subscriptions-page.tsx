"use client";

import type { EndpointPage, SubscriptionView } from "@taskpulse/contract";
import { Button, EmptyState } from "@taskpulse/ui";
import { Plus } from "lucide-react";
import { useCallback } from "react";
import type { BoardStart } from "../../board/board-model.ts";
import { useQuery } from "../../board/use-query.ts";
import { EndpointNotices } from "../deliveries/endpoint-notices.tsx";
import { ListFrame } from "../lists/list-frame.tsx";
import { useCursorList } from "../lists/use-cursor-list.ts";
import { Place } from "../place.tsx";
import { useOpenTask } from "../use-open-task.tsx";
import { usePlace } from "../use-place.ts";
import { useReading } from "../use-reading.ts";
import { NewSubscription } from "./new-subscription.tsx";
import { SubscriptionItem } from "./subscription-item.tsx";

const LOOK_EVERY_MS = 5_000;

/** `GET /api/subscriptions`: all of them at once. */
interface SubscriptionList {
  subscriptions: SubscriptionView[];
  before?: null;
}

const itemsOf = (list: SubscriptionList): readonly SubscriptionView[] => list.subscriptions;
const idOf = (subscription: SubscriptionView) => subscription.subscriptionid;

export function SubscriptionsPage({ start }: { start: BoardStart }) {
  const place = usePlace(start);
  const { query, change } = useQuery();
  const { openTask, dialog } = useOpenTask(place.model);
  const isNew = query.get("new") !== null;
  const list = useCursorList<SubscriptionList, SubscriptionView>({
    ...{ path: "/api/subscriptions", itemsOf, idOf, everyMs: LOOK_EVERY_MS },
  });
  const endpoints = useReading<EndpointPage>("/api/endpoints?limit=200", {
    everyMs: LOOK_EVERY_MS,
  });
  const setNew = useCallback(
    (on: boolean) =>
      change((now) => {
        if (on) now.set("new", "1");
        else now.delete("new");
        return now;
      }, on),
    [change],
  );
  return (
    <Place
      place={place}
      heading="Subscriptions"
      lead="Who is told how tasks end. Each result goes to every address whose filter it fits, signed with a secret of that address's own."
      actions={
        <Button kind="primary" icon={<Plus aria-hidden size={16} />} onClick={() => setNew(true)}>
          New subscription
        </Button>
      }
    >
      <ListFrame
        list={list}
        name="Subscriptions"
        trouble="The subscriptions could not be read"
        itemHeight={66}
        empty={
          <EmptyState className="min-h-64" title="There is no subscription yet.">
            A task can also carry a webhook of its own; a subscription gets the results of all that
            fit its filter.
          </EmptyState>
        }
      >
        {(subscription) => (
          <SubscriptionItem
            key={subscription.subscriptionid}
            subscription={subscription}
            now={place.now}
            onOpenTask={openTask}
            onChanged={list.readAgain}
            onDeleted={() => list.drop(subscription.subscriptionid)}
          />
        )}
      </ListFrame>
      <EndpointNotices
        endpoints={endpoints.value?.endpoints ?? []}
        now={place.now}
        onChanged={endpoints.readAgain}
      />
      <NewSubscription open={isNew} onClose={() => setNew(false)} onCreated={list.toNewest} />
      {dialog}
    </Place>
  );
}
