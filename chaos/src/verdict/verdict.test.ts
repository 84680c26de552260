import type { Priority, Totals } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { expect, it } from "vitest";
import { chaosKey, chaosTask } from "../load/chaos-task.ts";
import { Ledger } from "../load/ledger.ts";
import { compare, sentDirectly } from "./compare.ts";
import { verdict } from "./verdict.ts";

const SEED = 3;
const NUMBERS = [0, 1, 2, 3];
const TOTALS: Totals = {
  total: 4,
  byPriority: { Low: 1, Moderate: 1, Major: 1, Critical: 1 },
  changes: 0,
  byState: { received: 4 } as Totals["byState"],
};

/** Four tasks, each sent, acknowledged and stored once. */
function flawless() {
  const ledger = new Ledger();
  const records = new Map<
    string,
    { taskid: string; batchid: string; id: number | string; owner: string; priority: Priority }
  >();
  const logged = new Map<string, number>();
  for (const n of NUMBERS) {
    const task = chaosTask(SEED, n);
    const key = chaosKey(SEED, n);
    ledger.acknowledged(ledger.sending("direct", task.batchid, [key]), 1, "A");
    const taskid = taskidOf(task.batchid, task.id);
    records.set(key, { ...task, taskid });
    logged.set(taskid, 1);
  }
  return { ledger, records, logged, totals: { ...TOTALS } };
}

function judge(
  change: (site: ReturnType<typeof flawless>) => void,
  summary: Totals = TOTALS,
): string {
  const site = flawless();
  change(site);
  const comparison = compare(site.ledger, site, summary, sentDirectly(SEED));
  return verdict({ comparison, producers: [], boards: [] }).join("\n");
}

const taskid = (n: number) => {
  const { batchid, id } = chaosTask(SEED, n);
  return taskidOf(batchid, id);
};

it("finds nothing where everything is as it was told", () => {
  expect(judge(() => {})).toBe("");
});

it("finds what is lost, from the records or from the log alone", () => {
  expect(judge(({ records }) => records.delete(chaosKey(SEED, 1)))).toContain("lost (direct): 1");
  expect(judge(({ logged }) => logged.delete(taskid(1)))).toContain("lost (direct): 1");
});

it("finds what counts twice", () => {
  expect(judge(({ logged }) => logged.set(taskid(2), 2))).toContain("double (direct): 1");
  const again = judge(({ ledger }) =>
    ledger.acknowledged(ledger.sending("direct", "b", [chaosKey(SEED, 2)]), 1, "B"),
  );
  expect(again).toContain("double (direct): 1");
  expect(again).toContain("forgot an acknowledgement: 1");
});

it("finds what nobody sent, what was changed, and what nobody was told of", () => {
  const [unknown, changed] = [chaosTask(SEED, 9), chaosTask(SEED, 0)];
  expect(
    judge(({ records }) => records.set(chaosKey(SEED, 9), { ...unknown, taskid: taskid(9) })),
  ).toContain("without having been sent: 1");
  expect(
    judge(({ records }) =>
      records.set(chaosKey(SEED, 0), { ...changed, owner: "Somebody else", taskid: taskid(0) }),
    ),
  ).toContain("otherwise than sent: 1");
  expect(judge(({ ledger }) => void ledger.sending("direct", "b", [chaosKey(SEED, 9)]))).toContain(
    "never acknowledged (direct): 1 of 5",
  );
});

it("finds wrong counters, in the store and in the summary", () => {
  expect(judge(({ totals }) => Object.assign(totals, { total: 5 }))).toBe(
    "counters: total: 5, not 4",
  );
  const byPriority = { ...TOTALS.byPriority, Low: 2 };
  expect(judge(() => {}, { ...TOTALS, byPriority })).toBe(
    "counters: Low of GET /api/summary: 2, not 1",
  );
});

it("finds a board that shows something else, and a batch that is not exact", () => {
  const { ledger, ...stored } = flawless();
  const comparison = compare(ledger, stored, TOTALS, sentDirectly(SEED));
  const boards = [{ board: "a board", shown: 3, stored: 4, same: false, disorder: [3, 1, 2] }];
  const producers = [
    {
      producer: "A" as const,
      batches: 1,
      tasks: 2,
      delivered: 2,
      acknowledged: 2,
      stored: 1,
      unequal: ["b"],
    },
  ];
  expect(verdict({ comparison, producers, boards })).toEqual([
    'batches of producer A that are not exact: 1, among them "b"',
    "a board shows 3, the store holds 4; its list has places 3, 1, 2 of the log",
  ]);
});
