import { expect, test } from "vitest";
import { type Outcome, OutcomeList } from "./outcome-list.ts";
import { isDelivered, outcomeWords } from "./outcome-words.ts";

const outcome = (index: number, extra: Partial<Outcome> = {}): Outcome => ({
  ...{ index, total: 9, status: 200, attempts: 1, ms: 4 },
  task: { batchid: "b", id: index - 1, owner: "Jennifer Miles", priority: "Major" },
  ...extra,
});

test("a later outcome takes the earlier one's place", () => {
  const list = new OutcomeList();
  list.add(outcome(1, { status: null, reason: "connection refused", retryInMs: 500 }));
  list.add(outcome(2));
  list.add(outcome(1, { attempts: 2 }));
  expect(list.view.outcomes.map(({ index, attempts }) => [index, attempts])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(list.view).toMatchObject({ arrived: 2, dropped: 0 });
});

test("holds the newest lines only, and the same view until something comes", () => {
  const list = new OutcomeList(3);
  for (let index = 1; index <= 5; index += 1) list.add(outcome(index));
  expect(list.view.outcomes.map(({ index }) => index)).toEqual([3, 4, 5]);
  expect(list.view).toMatchObject({ arrived: 5, dropped: 2 });
  expect(list.view).toBe(list.view);
});

test("says in words what became of a task", () => {
  expect(outcomeWords(outcome(1))).toBe("4 ms, delivered");
  expect(outcomeWords(outcome(1, { attempts: 3 }))).toBe("4 ms, delivered at try 3");
  const retried = outcome(1, {
    ...{ status: null, attempts: 2, reason: "connection refused", retryInMs: 2_000 },
  });
  expect(outcomeWords(retried)).toBe("retrying in 2.0 s (try 3 of 8): connection refused");
  const undelivered = outcome(1, { status: 503, attempts: 8, reason: "the store is away" });
  expect(outcomeWords(undelivered)).toBe("undelivered after 8 tries: the store is away");
  expect([outcome(1), retried, undelivered].map(isDelivered)).toEqual([true, false, false]);
});
