import { MAX_ROWS_READ, type TaskRow } from "@taskpulse/contract";
import { expect, test } from "vitest";
import { noAnswer } from "./fixtures/no-answer.ts";
import type { ReadRows } from "./read-api.ts";
import { RowRefresh } from "./row-refresh.ts";

/** A clock that is moved by hand, and what was asked for when. */
function refreshUnderTest() {
  let now = 0;
  let timers: { at: number; then: () => void }[] = [];
  const asked: { at: number; taskids: readonly string[] }[] = [];
  const taken: TaskRow[][] = [];
  const server = { fails: false, meanwhile: () => {} };
  const read: ReadRows = async (taskids) => {
    asked.push({ at: now, taskids });
    server.meanwhile();
    if (server.fails) return noAnswer(503, "away");
    return { ok: true, value: { tasks: [] } };
  };
  const clock = {
    now: () => now,
    after(ms: number, then: () => void) {
      const timer = { at: now + ms, then };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const refresh = new RowRefresh(read, clock, (rows) => taken.push([...rows]));
  const pass = async (ms: number) => {
    for (const end = now + ms; now < end; now += 50) {
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const timer of due) timer.then();
      for (let i = 0; i < 4; i++) await Promise.resolve();
    }
  };
  return { refresh, asked, taken, server, pass };
}

test("without doubt nothing is asked, whatever is looked at", async () => {
  const { refresh, asked, pass } = refreshUnderTest();
  refresh.look(["a", "b"]);
  await pass(5_000);
  expect(asked).toEqual([]);
});

test("a doubt is cleared once for each row that comes into view, until the next doubt", async () => {
  const { refresh, asked, pass } = refreshUnderTest();
  refresh.look(["a", "b"]);
  refresh.doubt();
  await pass(2_000);
  refresh.look(["b", "c"]);
  await pass(2_000);
  refresh.look(["a", "b"]);
  await pass(2_000);
  expect(asked.map(({ taskids }) => taskids)).toEqual([["a", "b"], ["c"]]);
  refresh.doubt();
  await pass(2_000);
  expect(asked.at(-1)?.taskids).toEqual(["a", "b"]);
});

test("under doubt without end it is one bounded request a second", async () => {
  const { refresh, asked, pass } = refreshUnderTest();
  refresh.look(Array.from({ length: 300 }, (_, i) => `t${i}`));
  for (let i = 0; i < 200; i++) {
    refresh.doubt();
    await pass(50);
  }
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.length).toBeLessThanOrEqual(10);
  expect(Math.max(...asked.map(({ taskids }) => taskids.length))).toBe(MAX_ROWS_READ);
});

test("what failed is asked for again, after a longer rest", async () => {
  const { refresh, asked, server, pass } = refreshUnderTest();
  server.fails = true;
  refresh.look(["a"]);
  refresh.doubt();
  await pass(4_000);
  expect(asked).toHaveLength(1);
  server.fails = false;
  await pass(4_000);
  expect(asked.map(({ taskids }) => taskids)).toEqual([["a"], ["a"]]);
  await pass(10_000);
  expect(asked).toHaveLength(2);
});

test("a doubt while rows are read is not cleared by what was read before it", async () => {
  const { refresh, asked, server, pass } = refreshUnderTest();
  refresh.look(["a"]);
  server.meanwhile = () => {
    if (asked.length === 1) refresh.doubt();
  };
  refresh.doubt();
  await pass(5_000);
  expect(asked.map(({ taskids }) => taskids)).toEqual([["a"], ["a"]]);
});

test("tasks that are named for the first time are read whether or not there is doubt", async () => {
  const { refresh, asked, taken, pass } = refreshUnderTest();
  refresh.want("x");
  refresh.want("y");
  await pass(5_000);
  expect(asked.map(({ taskids }) => taskids)).toEqual([["x", "y"]]);
  expect(taken).toEqual([[]]);
});
