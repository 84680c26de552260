import type { BatchView } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import { median } from "./ingest.ts";
import type { System } from "./system.ts";

export interface DeliveryFigures {
  tasks: number;
  concurrency: number;
  rounds: number[];
  medianTasksPerSecond: number;
}

/** The whole chain: one batch without waits, from the click to the last answer recorded. */
export async function measureDelivery(
  system: System,
  { tasks, concurrency, rounds }: { tasks: number; concurrency: number; rounds: number },
): Promise<DeliveryFigures> {
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = (await system.summary()).total;
    const began = performance.now();
    const created = await fetch(`${system.producer}/api/batches`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ count: tasks, waitSeconds: 0, concurrency }),
    });
    if (created.status !== 201) throw new Error(`the batch was answered ${created.status}`);
    const { batchid } = (await created.json()) as BatchView;
    const batch = await until(
      async () => {
        const view = (await (
          await fetch(`${system.producer}/api/batches/${batchid}`)
        ).json()) as BatchView;
        return view.state === "done" ? view : null;
      },
      { what: "the batch to end", timeoutMs: 120_000 },
    );
    const seconds = (performance.now() - began) / 1_000;
    if (batch.delivered !== tasks)
      throw new Error(`${batch.delivered} of ${tasks} tasks were delivered`);
    await system.expectStored(before + tasks, "delivery");
    if (round > 0) rates.push(tasks / seconds);
  }
  return { tasks, concurrency, rounds: rates, medianTasksPerSecond: median(rates) };
}
