import { expect, it } from "vitest";
import { findDisorder } from "./compare-boards.ts";

/** In the order of the log. */
const places = new Map(["a", "b", "c", "d"].map((taskid, place) => [taskid, place]));

it("takes a list that begins with the newest task and keeps the order of the log", () => {
  expect(findDisorder(["d", "c", "b", "a"], places)).toBeNull();
  expect(findDisorder(["d", "b"], places)).toBeNull();
  expect(findDisorder([], new Map())).toBeNull();
  expect(findDisorder(null, places)).toBeNull();
});

it.each([
  ["nothing", [], []],
  ["an old list", ["c", "b", "a"], [2]],
  ["another order", ["d", "b", "c"], [3, 1, 2]],
  ["a task twice", ["d", "d", "c"], [3, 3, 2]],
  ["a task that is not stored", ["d", "x"], [3, 4]],
])("does not take %s, and tells where", (_what, taskids, where) => {
  expect(findDisorder(taskids, places)).toEqual(where);
});
