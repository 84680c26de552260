import { expect, test } from "vitest";
import { BodyRoom } from "./body-room.ts";

const MIB = 1_048_576;

/** How many bodies of this size a sender can begin. */
function fill(room: BodyRoom, sender: string, bodyBytes: number): number {
  for (let count = 0; ; count++) {
    if (room.take(sender, bodyBytes, bodyBytes)) continue;
    room.giveBack(sender, bodyBytes);
    return count;
  }
}

test("one sender holds a part, and leaves the most to the others", () => {
  const room = new BodyRoom(128 * MIB);
  expect(fill(room, "one", MIB)).toBe(22);
  expect(fill(room, "one", 65_536)).toBeLessThan(64);
  expect(fill(room, "another", MIB)).toBeGreaterThan(15);
});

test("a score of senders leave room for a large body, and a thousand for small ones", () => {
  const room = new BodyRoom(128 * MIB);
  for (let i = 0; i < 15; i++) fill(room, `sender ${i}`, MIB);
  expect(room.take("late", MIB, MIB)).toBe(true);
  for (let i = 0; i < 1_000; i++) fill(room, `large ${i}`, 100_000);
  expect(room.heldBytes).toBeLessThan(112 * MIB);
  expect(fill(room, "small", 65_536)).toBeGreaterThan(50);
});

test("what is given back is free again, and nothing is kept of who has gone", () => {
  const room = new BodyRoom(10 * MIB);
  const count = fill(room, "one", 65_536);
  expect(room.take("one", MIB, MIB)).toBe(false);
  room.giveBack("one", MIB + count * 65_536);
  expect(room.heldBytes).toBe(0);
  expect(fill(room, "one", 65_536)).toBe(count);
});
