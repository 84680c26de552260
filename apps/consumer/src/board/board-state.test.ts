import { type Frame, TASK_STATES, type TaskState } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyFrame, applySnapshot, MAX_BOARD_ROWS, startFrom } from "./board-state.ts";
import { BadNetwork, MiniStore } from "./fixtures/bad-network.ts";
import { matchesFilter, NO_FILTER } from "./task-filter.ts";

type Step =
  | { do: "receive"; count: number }
  | { do: "change"; which: number; count: number; state: TaskState }
  | { do: "show"; state: TaskState | undefined }
  | { do: "hold" | "release" | "look" }
  | { do: "relay" | "lose" | "repeat" | "read" | "answer" | "reconnect" | "restart" }
  | { do: "deliver"; which: number }
  | { do: "pass"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("receive" as const), count: fc.nat(30) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      which: fc.nat(),
      count: fc.integer({ min: 1, max: 12 }),
      state: fc.constantFrom(...TASK_STATES),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ do: "relay" as const }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("deliver" as const), which: fc.nat(20) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(500) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("lose" as const, "repeat" as const, "read" as const, "answer" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("reconnect" as const) }) },
);

/** What the reader of the list does. */
const reading: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("show" as const),
    state: fc.constantFrom<TaskState | undefined>(undefined, "received", "running", "failed"),
  }),
  fc.record({
    do: fc.constantFrom("hold" as const, "release" as const, "look" as const),
  }),
);

async function play(net: BadNetwork, step: Step): Promise<void> {
  switch (step.do) {
    case "receive":
      return net.store.receive(step.count);
    case "change":
      for (let i = 0; i < step.count; i++) net.store.change(step.which + i, step.state);
      return;
    case "show":
      return net.list.restart({ ...NO_FILTER, state: step.state }, net.board.state?.rows ?? []);
    case "hold":
      return net.list.hold();
    case "release":
      return net.list.release();
    case "look":
      net.look();
      return;
    case "relay":
      net.frames.push(net.store.advance());
      return;
    case "deliver": {
      const [frame] = net.frames.splice(step.which % Math.max(1, net.frames.length), 1);
      if (frame) net.board.frame(frame);
      return;
    }
    case "lose":
      net.frames.shift();
      return;
    case "repeat":
      if (net.frames[0]) net.board.frame(net.frames[0]);
      return;
    case "read":
      return net.read();
    case "answer":
      return net.answer();
    case "pass":
      return net.pass(step.ms);
    case "reconnect":
      return net.board.connected();
    case "restart":
      return net.store.restart();
    default:
      step satisfies never;
  }
}

function expectConverged({ store, board }: BadNetwork): void {
  expect(board.state?.epoch).toBe(store.epoch);
  expect(board.state?.totals).toEqual(store.totals());
  const ids = board.state?.rows.map((row) => row.taskid) ?? [];
  const listed = store.newest(0, store.log.length).map((row) => row.taskid);
  if (store.limits.changes === 2_000) {
    const states = new Map(store.log.map((row) => [row.taskid, row.state]));
    for (const row of board.state?.rows ?? []) expect(row.state).toBe(states.get(row.taskid));
  }
  if (store.limits.frameTasks < 200) {
    // With gaps where a frame could not name all, but in the order of the log, from the newest on.
    expect(ids).toEqual(listed.filter((taskid) => ids.includes(taskid)));
    expect(ids[0]).toBe(listed[0]);
    return;
  }
  expect(ids).toEqual(listed.slice(0, ids.length));
  expect(ids.length).toBeGreaterThanOrEqual(Math.min(200, store.log.length));
}

test("any order, repetition or loss of frames, with resyncs, converges to the store", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), async (steps) => {
      const net = new BadNetwork();
      net.board.connected();
      for (const one of steps) await play(net, one);
      await net.settle();
      expectConverged(net);
    }),
    { numRuns: 400 },
  );
});

test("where frames can't name every task, too, the list keeps the order of the log", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), async (steps) => {
      const net = new BadNetwork({ frameTasks: 8 });
      net.board.connected();
      for (const one of steps) await play(net, one);
      await net.settle();
      expectConverged(net);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ["can name every change", { changes: 2_000 }],
  ["can name three changes", { changes: 3 }],
])(
  "where frames %s, the rows that are looked at come into the states of the store",
  async (_what, limits) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 6, arbitrary: step }, reading), { maxLength: 80, size: "max" }),
        async (steps) => {
          const net = new BadNetwork(limits);
          net.board.connected();
          for (const one of steps) await play(net, one);
          net.list.release();
          await net.settle(40);
          expectConverged(net);
          const { filter } = net.list.view;
          const wanted = net.store
            .newest(0, Number.POSITIVE_INFINITY)
            .filter((row) => matchesFilter(row, filter));
          expect(net.look()).toEqual(wanted.slice(0, 30));
        },
      ),
      { numRuns: 1_000 },
    );
  },
);

test("the totals never fall while the store is the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      const net = new BadNetwork();
      net.board.connected();
      let last = 0;
      for (const one of steps) {
        await play(net, one);
        const { total = 0, changes = 0 } = net.board.state?.totals ?? {};
        expect(total + changes).toBeGreaterThanOrEqual(last);
        last = total + changes;
      }
    }),
    { numRuns: 200 },
  );
});

test("another epoch starts afresh", async () => {
  const net = new BadNetwork();
  net.store.receive(5);
  net.board.connected();
  await net.settle();
  net.store.restart();
  net.store.receive(2);
  await net.settle();
  expectConverged(net);
  expect(net.changes.at(-1)).toMatchObject({ by: "frame" });
  expect(
    net.changes.find((c) => c.by === "snapshot" && c.afresh && c.fresh.length === 2),
  ).toBeTruthy();
});

test("a store restored to an earlier state is believed after a reconnect", async () => {
  const net = new BadNetwork();
  net.store.receive(50);
  net.board.connected();
  await net.settle();
  net.store.log.length = 20;
  net.store.relayAt = { task: 20, change: 0 };
  net.board.connected();
  await net.settle();
  expectConverged(net);
});

test("a resync tells how many arrived and how many could not be replayed", async () => {
  const net = new BadNetwork();
  net.store.receive(10);
  net.board.connected();
  await net.settle();
  net.board.disconnected();
  net.store.receive(1_500);
  net.store.advance();
  net.changes = [];
  net.board.connected();
  await net.answer();
  expect(net.changes).toMatchObject([{ by: "snapshot", arrived: 1_500, gap: 500, afresh: false }]);
  expect(net.board.state?.rows).toHaveLength(MAX_BOARD_ROWS);
});

test("one resync is in flight, and the next keeps its distance", async () => {
  const net = new BadNetwork();
  net.board.connected();
  net.board.resync();
  net.board.resync();
  expect(net.asked).toHaveLength(1);
  await net.answer();
  expect(net.asked).toHaveLength(0);
  net.pass(99);
  expect(net.asked).toHaveLength(0);
  net.pass(400);
  expect(net.asked).toHaveLength(1);
});

test("an answer that belongs to an earlier connection is ignored", async () => {
  const net = new BadNetwork();
  net.store.receive(3);
  net.board.connected();
  net.board.disconnected();
  await net.answer();
  expect(net.board.state).toBeNull();
});

test("rows are capped and a known row takes its new state in place", () => {
  const store = new MiniStore();
  store.receive(1_200);
  const state = startFrom(store.snapshot().summary, store.newest(0, 1_200));
  expect(state.rows).toHaveLength(MAX_BOARD_ROWS);
  const [first, second] = state.rows;
  if (!first || !second) throw new Error("no rows");
  const frame: Frame = {
    epoch: store.epoch,
    from: state.cursor,
    cursor: state.cursor,
    totals: store.totals(),
    tasks: [{ ...second, state: "succeeded" }],
    skipped: 0,
    changes: [],
    changesSkipped: 0,
  };
  const outcome = applyFrame(state, frame);
  if (outcome.kind !== "applied") throw new Error(outcome.kind);
  expect(outcome.fresh).toEqual([]);
  expect(outcome.state.rows[0]).toBe(first);
  expect(outcome.state.rows[1]?.state).toBe("succeeded");
  expect(state.rows[1]?.state).toBe("received");
});

test("a snapshot that was overtaken by frames changes nothing", () => {
  const store = new MiniStore();
  store.receive(4);
  store.advance();
  const state = startFrom(store.snapshot().summary, []);
  const late = store.snapshot(state.cursor);
  store.receive(4);
  const outcome = applyFrame(state, store.advance());
  if (outcome.kind !== "applied") throw new Error(outcome.kind);
  expect(applySnapshot(outcome.state, late, state.cursor)).toEqual({ kind: "superseded" });
});
