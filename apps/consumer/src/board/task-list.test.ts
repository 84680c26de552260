import type { TaskPage, TaskRow, TaskState } from "@taskpulse/contract";
import { expect, test, vi } from "vitest";
import { noAnswer } from "./fixtures/no-answer.ts";
import type { ApiAnswer, ReadPage, ReadRows } from "./read-api.ts";
import { NO_FILTER, type TaskFilter } from "./task-filter.ts";
import { TaskList } from "./task-list.ts";

const ALL = NO_FILTER;

function row(n: number): TaskRow {
  return {
    taskid: `t${n}`,
    batchid: "b",
    id: n,
    owner: "o",
    priority: n % 4 === 0 ? "Critical" : "Low",
    state: "received",
    received_at: new Date(1_700_000_000_000 + n).toISOString(),
    seq: 0,
  };
}

/** Rows from `from` down to `to`, newest first. */
const rows = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, i) => row(from - i));
const ids = (list: TaskList) => list.view.rows.map((r) => Number(r.id));

/** Serves rows below `newest` in pages of 100; `before` is the id to read below. */
function serve(newest: number, calls: (string | undefined)[] = []): ReadPage {
  return async (_filter, before): Promise<ApiAnswer<TaskPage>> => {
    calls.push(before);
    const from = before === undefined ? newest : Number(before) - 1;
    const to = Math.max(0, from - 99);
    return { ok: true, value: { tasks: rows(from, to), before: to === 0 ? null : String(to) } };
  };
}

function listOf(
  filter: TaskFilter,
  rows: readonly TaskRow[],
  before: string | null | undefined,
  readPage: ReadPage,
  known: (taskid: string) => TaskRow | undefined = () => undefined,
) {
  const readRows: ReadRows = async () => noAnswer(null, "not served");
  const clock = { now: () => 0, after: () => () => {} };
  const ports = { readPage, readRows, clock, known, changed: () => {} };
  return new TaskList({ filter, rows, before }, ports);
}

const idle = (list: TaskList) => vi.waitFor(() => expect(list.view.loading).toBe("no"));

test("live rows come on top, and only those that match", () => {
  const list = listOf({ ...ALL, priority: "Critical" }, [], null, serve(0));
  list.arrived(rows(8, 1));
  list.arrived(rows(12, 9));
  expect(ids(list)).toEqual([12, 8, 4]);
});

test("held, it stands still and counts; released, it shows what waited", () => {
  const list = listOf(ALL, rows(10, 1), null, serve(0));
  list.hold();
  list.arrived(rows(15, 11));
  expect(ids(list)[0]).toBe(10);
  expect(list.view.unseen).toBe(5);
  list.release();
  expect(ids(list)).toEqual(rows(15, 1).map((r) => r.id));
  expect(list.view.unseen).toBe(0);
});

test("a live list is capped, also after a flood while it was held", () => {
  const list = listOf(ALL, rows(100, 1), null, serve(0));
  list.hold();
  for (let n = 100; n < 5_000; n += 100) list.arrived(rows(n + 100, n + 1));
  list.release();
  expect(list.view.rows).toHaveLength(1_000);
  expect(ids(list)[0]).toBe(5_000);
  expect(list.view.complete).toBe(false);
});

test("older rows are read below what is shown", async () => {
  const calls: (string | undefined)[] = [];
  const list = listOf(ALL, rows(500, 401), "401", serve(500, calls));
  list.hold();
  list.loadOlder();
  await idle(list);
  expect(calls).toEqual(["401"]);
  expect(ids(list)).toEqual(rows(500, 301).map((r) => r.id));
});

test("after the cap has cut the end off, reading on leaves no hole", async () => {
  const list = listOf(ALL, rows(100, 1), null, serve(3_000));
  for (let n = 100; n < 3_000; n += 100) list.arrived(rows(n + 100, n + 1));
  expect(ids(list).at(-1)).toBe(2_001);
  list.hold();
  await idle(list);
  list.loadOlder();
  await idle(list);
  expect(ids(list)).toEqual(rows(3_000, 1_901).map((r) => r.id));
});

test("a filter starts over and reads on through empty pages", async () => {
  const answers: TaskPage[] = [
    { tasks: [], before: "900" },
    { tasks: [], before: "400" },
    { tasks: rows(8, 8), before: null },
  ];
  const read: ReadPage = async () => ({
    ok: true,
    value: answers.shift() ?? { tasks: [], before: null },
  });
  const list = listOf(ALL, rows(20, 1), null, read);
  list.restart({ ...ALL, q: "rare" }, []);
  expect(list.view.loading).toBe("first");
  await idle(list);
  expect(ids(list)).toEqual([8]);
  expect(list.view.complete).toBe(true);
});

test("a failed read says why and can be repeated", async () => {
  let down = true;
  const good = serve(150);
  const read: ReadPage = (filter, before, signal) =>
    down ? Promise.resolve(noAnswer(503, "The store is away.")) : good(filter, before, signal);
  const list = listOf(ALL, rows(150, 51), "51", read);
  list.loadOlder();
  await idle(list);
  expect(list.view.failure).toBe("The store is away.");
  down = false;
  list.loadOlder();
  await idle(list);
  expect(list.view).toMatchObject({ failure: null, complete: true });
  expect(ids(list).at(-1)).toBe(0);
});

test("an answer to an earlier filter is ignored", async () => {
  let release: (answer: ApiAnswer<TaskPage>) => void = () => {};
  const read: ReadPage = (filter) =>
    filter.q === "slow"
      ? new Promise((answer) => {
          release = answer;
        })
      : Promise.resolve({ ok: true, value: { tasks: rows(3, 1), before: null } });
  const list = listOf(ALL, [], null, read);
  list.restart({ ...ALL, q: "slow" }, []);
  list.restart({ ...ALL, q: "b" }, []);
  await idle(list);
  release({ ok: true, value: { tasks: rows(99, 90), before: null } });
  await Promise.resolve();
  expect(ids(list)).toEqual([3, 2, 1]);
});

test("another filter is searched for until its first answer; what failed is read again when asked", async () => {
  const answers: (() => void)[] = [];
  let fails = true;
  const read: ReadPage = (...asked) =>
    new Promise((resolve) => {
      const answer = fails ? Promise.resolve(noAnswer(503, "away")) : serve(9)(...asked);
      answers.push(() => resolve(answer));
    });
  const list = listOf(ALL, rows(9, 1), null, read);
  list.restart({ ...ALL, q: "o" }, []);
  expect(list.view).toMatchObject({ searching: true, loading: "first", rows: [] });
  answers[0]?.();
  await idle(list);
  expect(list.view).toMatchObject({ searching: false, failure: "away" });
  fails = false;
  list.retryFailed();
  expect(list.view).toMatchObject({ searching: false, loading: "first", failure: null });
  answers[1]?.();
  await idle(list);
  expect(ids(list)[0]).toBe(9);
  list.retryFailed();
  expect(answers.length).toBe(2);
  list.restart(ALL, rows(9, 1));
  expect(list.view.searching).toBe(false);
});

const became = (n: number, state: TaskState) => ({ taskid: `t${n}`, state });
const states = (list: TaskList) => list.view.rows.map((r) => `${r.id} ${r.state}`);

test("a row takes its new state where it stands, also while the list is held", () => {
  const list = listOf(ALL, rows(3, 1), null, serve(3));
  const [before] = list.view.rows;
  list.changed([became(2, "running"), became(99, "failed")]);
  expect(states(list)).toEqual(["3 received", "2 running", "1 received"]);
  expect(list.view.rows[0]).toBe(before);
  list.hold();
  list.arrived([row(4)]);
  list.changed([became(2, "succeeded"), became(4, "failed")]);
  expect(states(list)).toEqual(["3 received", "2 succeeded", "1 received"]);
  list.release();
  expect(states(list)[0]).toBe("4 failed");
});

test("in a list of one state, tasks come and go with their state; held, what is read stays", () => {
  const known = new Map(rows(9, 1).map((r) => [r.taskid, r]));
  const list = listOf({ ...ALL, state: "running" }, [], null, serve(0), (id) => known.get(id));
  list.changed([became(2, "running"), became(7, "running"), became(3, "queued")]);
  expect(states(list)).toEqual(["7 running", "2 running"]);
  list.changed([became(7, "failed")]);
  expect(states(list)).toEqual(["2 running"]);
  list.hold();
  list.changed([became(2, "succeeded"), became(5, "running"), became(6, "running")]);
  expect(states(list)).toEqual(["2 succeeded"]);
  expect(list.view.unseen).toBe(2);
  list.changed([became(6, "failed")]);
  expect(list.view.unseen).toBe(1);
  list.release();
  expect(states(list)).toEqual(["5 running"]);
});

test("what the server names above a list that is held waits, and is not lost", async () => {
  const read: ReadPage = async () => ({
    ok: true,
    value: {
      tasks: [
        { ...row(4), state: "running" },
        { ...row(1), state: "running" },
      ],
      before: null,
    },
  });
  const list = listOf(ALL, rows(1, 1), null, read);
  list.hold();
  list.restart({ ...ALL, state: "running" }, [{ ...row(2), state: "running" }]);
  await idle(list);
  expect(states(list)).toEqual(["2 running", "1 running"]);
  expect(list.view.unseen).toBe(1);
  list.release();
  expect(states(list)).toEqual(["4 running", "2 running", "1 running"]);
});

test("an answer that is older than what was told meanwhile does not take it back", async () => {
  let answer: (page: ApiAnswer<TaskPage>) => void = () => {};
  const read: ReadPage = () => new Promise((resolve) => (answer = resolve));
  const list = listOf(ALL, rows(120, 61), "61", read);
  list.loadOlder();
  list.changed([became(60, "succeeded")]);
  answer({ ok: true, value: { tasks: rows(60, 59), before: null } });
  await idle(list);
  expect(states(list).slice(-2)).toEqual(["60 succeeded", "59 received"]);
});

test("after a doubt, rows that another filter takes over are read anew", async () => {
  const asked: (readonly string[])[] = [];
  const due = new Set<() => void>();
  const clock = {
    now: () => 0,
    after(_ms: number, then: () => void) {
      due.add(then);
      return () => due.delete(then);
    },
  };
  const list = new TaskList(
    { filter: ALL, rows: rows(3, 1), before: null },
    {
      readPage: serve(3),
      readRows: async (taskids) => {
        asked.push(taskids);
        return { ok: true, value: { tasks: [{ ...row(3), state: "failed" }] } };
      },
      clock,
      known: () => undefined,
      changed: () => {},
    },
  );
  const failedNow = () => vi.waitFor(() => expect(states(list)[0]).toBe("3 failed"));
  const look = () => {
    list.look(["t3"]);
    for (const then of due) {
      due.delete(then);
      then();
    }
  };
  list.doubt();
  look();
  await failedNow();
  list.restart({ ...ALL, priority: "Low" }, rows(3, 1));
  expect(states(list)[0]).toBe("3 received");
  look();
  await failedNow();
  expect(asked).toEqual([["t3"], ["t3"]]);
});
