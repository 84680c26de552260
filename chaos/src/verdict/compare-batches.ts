import type { BatchView } from "@taskpulse/contract";
import type { AskedBatch } from "../load/batch-load.ts";
import type { Ledger, Side } from "../load/ledger.ts";
import type { Stored } from "./stored.ts";

/** All batches that one producer was asked for. */
export interface ProducerLine {
  readonly producer: Side;
  readonly batches: number;
  readonly tasks: number;
  /** As the producers say. */
  readonly delivered: number;
  /** As was heard on the way between producers and consumers. */
  readonly acknowledged: number;
  readonly stored: number;
  /** Batches of which not exactly every task is delivered, acknowledged and stored. */
  readonly unequal: readonly string[];
}

export function compareBatches(
  asked: readonly AskedBatch[],
  views: ReadonlyMap<string, BatchView>,
  ledger: Ledger,
  stored: Stored,
): ProducerLine[] {
  const storedOf = countBy([...stored.records.values()].map(({ batchid }) => batchid));
  const acknowledgedOf = countBy(
    [...ledger.accounts.values()]
      .filter(({ sender, firstAckAt }) => sender === "producers" && firstAckAt !== null)
      .map(({ batchid }) => batchid),
  );
  return (["A", "B"] as const).map((producer) => {
    const mine = asked.filter(({ askedOf }) => askedOf === producer);
    const sums = { tasks: 0, delivered: 0, acknowledged: 0, stored: 0 };
    const unequal: string[] = [];
    for (const { batchid } of mine) {
      const total = views.get(batchid)?.total ?? 0;
      const delivered = views.get(batchid)?.delivered ?? 0;
      const acknowledged = acknowledgedOf.get(batchid) ?? 0;
      const inStore = storedOf.get(batchid) ?? 0;
      sums.tasks += total;
      sums.delivered += delivered;
      sums.acknowledged += acknowledged;
      sums.stored += inStore;
      if (new Set([total, delivered, acknowledged, inStore]).size > 1) unequal.push(batchid);
    }
    return { producer, batches: mine.length, ...sums, unequal };
  });
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
