import { expect, it } from "vitest";
import { isListed } from "./compare-boards.ts";

/** In the order of the log. */
const places = new Map(["a", "b", "c", "d"].map((taskid, place) => [taskid, place]));

it("takes a list that begins with the newest task and keeps the order of the log", () => {
  expect(isListed(["d", "c", "b", "a"], places)).toBe(true);
  expect(isListed(["d", "b"], places)).toBe(true);
  expect(isListed([], new Map())).toBe(true);
  expect(isListed(null, places)).toBe(true);
});

it.each([
  ["nothing", []],
  ["an old list", ["c", "b", "a"]],
  ["another order", ["d", "b", "c"]],
  ["a task twice", ["d", "d", "c"]],
  ["a task that is not stored", ["d", "x"]],
])("does not take %s", (_what, taskids) => {
  expect(isListed(taskids, places)).toBe(false);
});
