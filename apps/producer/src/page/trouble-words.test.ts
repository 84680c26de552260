import type { BatchView } from "@taskpulse/contract";
import { expect, test } from "vitest";
import type { Outcome } from "./outcome-list.ts";
import { troubleWords } from "./trouble-words.ts";

const settings = { receiverUrl: "http://localhost:5001/consumetasks" };
const live = { kind: "live" } as const;
const batch = { state: "running", failed: 0 } as BatchView;
const failed = (outcome: Partial<Outcome>) => ({ retryInMs: 500, ...outcome }) as Outcome;

test("nothing is said while all is well, or of a batch that was delivered in the end", () => {
  expect(troubleWords({ connection: live, batch, trouble: null }, settings)).toBeNull();
  const done: BatchView = { ...batch, state: "done" };
  const trouble = failed({ status: 503, reason: "busy" });
  expect(troubleWords({ connection: live, batch: done, trouble }, settings)).toBeNull();
});

test("a store that is away comes before what the receiver says", () => {
  const connection = { kind: "away", since: 0 } as const;
  const trouble = failed({ status: 500, reason: "oops" });
  const words = troubleWords({ connection, batch, trouble }, settings);
  expect(words?.title).toBe("The store is away");
  expect(troubleWords({ connection, batch: null, trouble: null }, settings)).toEqual(words);
});

test("signed out comes first, with a way in", () => {
  const connection = { kind: "signed-out" } as const;
  const trouble = failed({ status: 500, reason: "oops" });
  expect(troubleWords({ connection, batch, trouble }, settings)).toMatchObject({
    title: "You are signed out",
    signIn: true,
  });
});

test.each([
  [{ status: null, reason: "connection refused" }, /^Nothing answers at/, /goes on by itself/],
  [{ status: 404, reason: "Not Found" }, /answers 404: Not Found$/, /sent again/],
  [
    { status: 503, reason: "The store is full; nothing is forgotten to make room." },
    /store is full/,
    /goes on by itself when there is room.*REDIS_MAXMEMORY/,
  ],
  [{ status: 500, reason: "x", retryInMs: undefined }, /answers 500/, /counts as undelivered/],
])("%j has a reason and a remedy", (outcome, title, means) => {
  const trouble = { ...failed({}), ...outcome } as Outcome;
  const words = troubleWords({ connection: live, batch, trouble }, settings);
  expect(words?.title).toMatch(title);
  expect(words?.means).toMatch(means);
});

test("an ended batch tells what its undelivered failed of", () => {
  const ended: BatchView = { ...batch, state: "done", failed: 3 };
  const trouble = { ...failed({}), status: null, reason: "no answer within 1 s" };
  const words = troubleWords({ connection: live, batch: ended, trouble }, settings);
  expect(words?.title).toMatch(/^Nothing answered at/);
  expect(words?.means).toMatch(/send the undelivered again/);
});
