import { expect, it } from "vitest";
import { identityKey, Ledger } from "./ledger.ts";

const key = (id: number | string) => identityKey("b", id);

it("tells identities apart by their type, too", () => {
  expect(key(7)).not.toBe(key("7"));
});

it("counts identities once and acknowledgements each", () => {
  const ledger = new Ledger();
  const both = ledger.sending("direct", "b", [key(1), key(2), key(2)]);
  expect(both).toMatchObject({ unacknowledged: 2, accounts: { length: 2 } });
  expect([...ledger.unacknowledged("direct")]).toEqual([key(1), key(2)]);
  ledger.acknowledged(both, 2, "A");
  ledger.acknowledged(ledger.sending("direct", "b", [key(1)]), 0, "B");
  expect(ledger.acknowledgedTasks).toBe(2);
  expect(ledger.accounts.get(key(1))).toMatchObject({ acknowledgements: 2, accepted: 1 });
  expect([...ledger.unacknowledged("direct")]).toEqual([]);
  expect(ledger.contradictions).toEqual([]);
});

it("notices that an acknowledged task is called new", () => {
  const ledger = new Ledger();
  ledger.acknowledged(ledger.sending("direct", "b", [key(1)]), 1, "A");
  ledger.acknowledged(ledger.sending("direct", "b", [key(1), key(2)]), 2, "B");
  expect(ledger.contradictions).toMatchObject([{ by: "B", forgotten: 1 }]);
  expect(ledger.accounts.get(key(1))?.accepted).toBe(2);
});

it("allows that of two requests under way either is the first", () => {
  const ledger = new Ledger();
  const [one, other] = [1, 2].map(() => ledger.sending("direct", "b", [key(1)]));
  if (one === undefined || other === undefined) throw new Error("two requests");
  ledger.acknowledged(other, 1, "B");
  ledger.acknowledged(one, 0, "A");
  expect(ledger.contradictions).toEqual([]);
});

it("says when the newest acknowledgement came, and waits for the next", async () => {
  const { acks } = new Ledger();
  expect(await acks.next(20)).toBeNull();
  const fromB = acks.next(1_000, "B");
  acks.tick("A");
  const at = acks.tick("B");
  expect(await fromB).toBe(at);
});
