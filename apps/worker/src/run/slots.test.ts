import { expect, test } from "vitest";
import { Slots, SlotsClosed } from "./slots.ts";

/** Lets everything that was resolved go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** One slot is free at a time: who gets it, in order. */
async function orderOf(slots: Slots, digits: readonly number[]): Promise<number[]> {
  const order: number[] = [];
  await Promise.all(
    digits.map(async (digit) => {
      const release = await slots.acquire(digit);
      order.push(digit);
      await settle();
      release();
    }),
  );
  return order;
}

test("while all priorities wait, slots go to them by weight, and the least urgent is among the first fifteen", async () => {
  const digits = [0, 1, 2, 3].flatMap((digit) => Array<number>(40).fill(digit));
  const order = await orderOf(new Slots(1), digits);
  // The first takes the free slot before anybody else is there.
  const first = order.slice(1, 31);
  const counts = [0, 1, 2, 3].map((digit) => first.filter((d) => d === digit).length);
  expect(counts).toEqual([2, 4, 8, 16]);
  expect(order).toHaveLength(160);
});

test("within a priority they go in order of arrival", async () => {
  const slots = new Slots(1);
  const order: number[] = [];
  await Promise.all(
    [1, 2, 3, 4].map(async (n) => {
      const release = await slots.acquire(0);
      order.push(n);
      release();
    }),
  );
  expect(order).toEqual([1, 2, 3, 4]);
});

test("a tenth is kept for Critical, which may use all", async () => {
  const slots = new Slots(20);
  for (let i = 0; i < 30; i++) void slots.acquire(2).catch(() => undefined);
  await settle();
  expect(slots.used).toBe(18);
  for (let i = 0; i < 30; i++) void slots.acquire(3).catch(() => undefined);
  await settle();
  expect(slots.used).toBe(20);
  const all = new Slots(20);
  for (let i = 0; i < 30; i++) void all.acquire(3).catch(() => undefined);
  await settle();
  expect(all.used).toBe(20);
});

test("a single slot is for everyone", async () => {
  const slots = new Slots(1);
  await slots.acquire(0);
  expect(slots.used).toBe(1);
});

test("giving a slot back twice frees one", async () => {
  const slots = new Slots(2);
  const release = await slots.acquire(3);
  await slots.acquire(3);
  release();
  release();
  expect(slots.used).toBe(1);
});

test("closing refuses who waits and who comes", async () => {
  const slots = new Slots(1);
  await slots.acquire(0);
  const waiting = expect(slots.acquire(0)).rejects.toThrow(SlotsClosed);
  slots.close();
  await waiting;
  await expect(slots.acquire(3)).rejects.toThrow(SlotsClosed);
});
