import type { Connections, Logger, Notices, Registry } from "@taskpulse/runtime";
import type { Keys } from "@taskpulse/store";
import type { Outgoing } from "@taskpulse/webhook";
import { createCallers } from "./callers.ts";
import { DeliveryMaker } from "./delivery-maker.ts";
import { DeliveryMetrics } from "./delivery-metrics.ts";
import { DeliverySender } from "./delivery-sender.ts";
import type { SubscriptionBook } from "./subscription-book.ts";

const DAY_MS = 86_400_000;
/** What is kept of each state that is an end, beside `RETENTION_DAYS`; see decision 016. */
const KEPT = { deliveries: 50_000, chars: 134_217_728, endpoints: 10_000 };

export interface DeliveriesOptions {
  connections: Connections;
  keys: Keys;
  log: Logger;
  notices: Notices;
  metrics: Registry;
  outgoing: Outgoing;
  book: SubscriptionBook;
  retentionDays: number;
}

/**
 * Begins to make result webhooks and to send them. Disposing makes and takes no more, lets what is
 * under way end for some seconds, and leaves the rest to others.
 */
export async function startDeliveries(options: DeliveriesOptions): Promise<AsyncDisposable> {
  const { connections, keys, log, notices, outgoing, book, retentionDays } = options;
  await using stack = new AsyncDisposableStack();
  const redis = await connections.connect("deliveries");
  const blocking = await connections.connect("delivery-news", "waits");
  const metrics = new DeliveryMetrics(options.metrics);
  const callers = createCallers({ outgoing });
  const sender = stack.use(
    new DeliverySender({ redis, keys, callers, book, log, notices, metrics }),
  );
  metrics.countUnderWay(() => sender.underWay);
  stack.use(
    new DeliveryMaker({
      ...{ redis, blocking, keys, book, log, notices, metrics },
      retention: { ...KEPT, ageMs: retentionDays * DAY_MS },
      onDue: () => sender.lookNow(),
    }),
  );
  return stack.move();
}
