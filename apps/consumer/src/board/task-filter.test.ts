import type { TaskRow } from "@taskpulse/contract";
import { expect, test } from "vitest";
import { csvPath } from "./read-api.ts";
import { isFiltered, matchesFilter, NO_FILTER, readFilter, writeFilter } from "./task-filter.ts";
import { taskLine } from "./task-line.ts";

const row: TaskRow = {
  taskid: "tabcdefghijklmnopqrstuvwxy",
  batchid: "6f1c",
  id: 17,
  owner: "Jennifer Miles",
  priority: "Major",
  state: "received",
  received_at: "2026-03-04T05:06:07.089Z",
  seq: 0,
};

test("a filter survives the address bar, and what is not one is dropped", () => {
  const query = writeFilter(new URLSearchParams("task=t1"), {
    ...{ priority: "Major", state: "failed", q: "miles & co" },
  });
  expect(query.toString()).toBe("task=t1&priority=Major&state=failed&q=miles+%26+co");
  const filter = { priority: "Major", state: "failed", batchid: undefined, q: "miles & co" };
  expect(readFilter(query)).toEqual(filter);
  expect(readFilter(new URLSearchParams("priority=Urgent&state=lost&q=+"))).toEqual(NO_FILTER);
  const cleared = writeFilter(query, { priority: undefined, state: undefined, q: "" });
  expect(cleared.toString()).toBe("task=t1");
});

test("live rows match as the server's search does", () => {
  const none = NO_FILTER;
  expect(isFiltered(none)).toBe(false);
  expect(matchesFilter(row, none)).toBe(true);
  expect(matchesFilter(row, { ...none, priority: "Low" })).toBe(false);
  expect(matchesFilter(row, { ...none, state: "received" })).toBe(true);
  expect(matchesFilter(row, { ...none, state: "running" })).toBe(false);
  expect(matchesFilter(row, { ...none, batchid: "6f1c", priority: "Major" })).toBe(true);
  expect(matchesFilter(row, { ...none, batchid: "6f1" })).toBe(false);
  expect(matchesFilter(row, { ...none, q: "MILES" })).toBe(true);
  expect(matchesFilter(row, { ...none, q: '"id":17' })).toBe(true);
  expect(matchesFilter(row, { ...none, q: "tabcdefgh" })).toBe(true);
  expect(matchesFilter(row, { ...none, q: "smith" })).toBe(false);
});

test("a task's line is the tutorial's", () => {
  expect(taskLine(row)).toBe(
    "Batch ID. = 6f1c -- Task ID. = 17 -- Owner = Jennifer Miles -- Priority = Major",
  );
});

test("the file holds what the list shows", () => {
  const none = NO_FILTER;
  expect(csvPath(none)).toBe("/api/tasks.csv");
  expect(csvPath({ ...none, priority: "Low", q: "a&b" })).toBe(
    "/api/tasks.csv?priority=Low&q=a%26b",
  );
});
