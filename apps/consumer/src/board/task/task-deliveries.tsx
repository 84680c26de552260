"use client";

import { type DeliveryPage, isFinal, type TaskDetail } from "@taskpulse/contract";
import { DeliveryItem } from "../../places/deliveries/delivery-item.tsx";
import { failureWords } from "../../places/failure-words.ts";
import { useReading } from "../../places/use-reading.ts";
import { Part } from "./part.tsx";

/** Pending ones move by themselves, without any change of the task's. */
const LOOK_EVERY_MS = 3_000;

/** Who was told how the task ended, and whether they took it. */
export function TaskDeliveries({ detail, now }: { detail: TaskDetail; now: number }) {
  const { taskid, runnable, state, round } = detail;
  // Before its first end there can be none.
  const wanted = runnable && (isFinal(state) || round > 0);
  const { value, failure, readAgain } = useReading<DeliveryPage>(
    wanted ? `/api/deliveries?taskid=${taskid}&limit=50` : null,
    { everyMs: LOOK_EVERY_MS, follows: state },
  );
  const announced = detail.task.webhook !== undefined;
  if (!wanted) {
    return announced && runnable ? (
      <Part id="deliveries-title" title="Result webhooks">
        <p className="text-label text-muted">Its result webhook is sent when it has ended.</p>
      </Part>
    ) : null;
  }
  if (value === null && failure !== null) {
    return (
      <Part id="deliveries-title" title="Result webhooks">
        <p role="alert" className="text-label text-bad">
          They could not be read. {failureWords(failure)}
        </p>
      </Part>
    );
  }
  if (value === null || (value.deliveries.length === 0 && !announced)) return null;
  return (
    <Part id="deliveries-title" title="Result webhooks">
      {value.deliveries.length === 0 ? (
        <p className="text-label text-muted">Its result webhook is being made.</p>
      ) : (
        <ul className="rounded border border-line">
          {value.deliveries.map((delivery) => (
            <DeliveryItem
              key={delivery.deliveryid}
              delivery={delivery}
              now={now}
              onChanged={readAgain}
            />
          ))}
        </ul>
      )}
    </Part>
  );
}
