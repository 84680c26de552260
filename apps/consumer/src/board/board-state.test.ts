import { type Frame, formatCursor, type Snapshot, type TaskRow } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyFrame, applySnapshot, MAX_BOARD_ROWS, startFrom } from "./board-state.ts";
import { BoardSync, type SyncChange } from "./board-sync.ts";

/** A store and its relay in miniature: the log's position is the number of tasks. */
class MiniStore {
  epoch = "e1";
  log: TaskRow[] = [];
  relayAt = 0;
  /** Of how many tasks a frame names all; of more it names the newest four. */
  readonly frameTasks: number;

  constructor(frameTasks = 200) {
    this.frameTasks = frameTasks;
  }

  receive(count: number): void {
    for (let i = 0; i < count; i++) {
      const n = this.log.length;
      this.log.push({
        taskid: `${this.epoch}-${n}`,
        batchid: "b",
        id: n,
        owner: "Jennifer Miles",
        priority: n % 2 ? "Low" : "Critical",
        state: "received",
        // Three tasks share each millisecond, as they do under load.
        received_at: new Date(1_700_000_000_000 + Math.floor(n / 3)).toISOString(),
        seq: n % 3,
      });
    }
  }

  cursor(at: number): string {
    const id = { ms: Math.floor(at / 3), seq: at % 3, total: at };
    return formatCursor({ epoch: this.epoch, ...id, changeMs: 0, changeSeq: 0 });
  }

  totals() {
    const low = Math.floor(this.log.length / 2);
    const byPriority = { Low: low, Moderate: 0, Major: 0, Critical: this.log.length - low };
    const received = this.log.length;
    const none = { waiting: 0, queued: 0, running: 0, retrying: 0, succeeded: 0, failed: 0 };
    return {
      total: received,
      byPriority,
      byState: { ...none, received, cancelled: 0 },
      changes: 0,
    };
  }

  newest(after: number, limit: number): TaskRow[] {
    return this.log.slice(after).toReversed().slice(0, limit);
  }

  advance(): Frame {
    const from = this.relayAt;
    this.relayAt = this.log.length;
    const busy = this.relayAt - from > this.frameTasks;
    const tasks = this.newest(from, busy ? 4 : this.frameTasks);
    return {
      epoch: this.epoch,
      from: this.cursor(from),
      cursor: this.cursor(this.relayAt),
      totals: this.totals(),
      tasks,
      skipped: this.relayAt - from - tasks.length,
      changes: [],
      changesSkipped: 0,
    };
  }

  snapshot(since?: string): Snapshot {
    const [epoch, , total] = since?.split(".") ?? [];
    const known = epoch === this.epoch ? Number(total) : null;
    const tasks = this.newest(known ?? 0, known === null ? 200 : 1_000);
    return {
      summary: { epoch: this.epoch, cursor: this.cursor(this.relayAt), ...this.totals() },
      tasks,
      gap: known === null ? 0 : Math.max(0, this.log.length - known - tasks.length),
      changes: [],
      changesSkipped: 0,
    };
  }

  restart(): void {
    this.epoch = `${this.epoch}x`;
    this.log = [];
    this.relayAt = 0;
  }
}

/** The wire: what is under way may be delivered in any order, twice, or never. */
class BadNetwork {
  readonly store: MiniStore;
  frames: Frame[] = [];
  asked: { since: string | undefined; read: Snapshot | null; answer: (s: Snapshot) => void }[] = [];
  clock = 0;
  timers: { at: number; then: () => void }[] = [];
  changes: SyncChange[] = [];
  board = new BoardSync(null, {
    subscribe: (since) => new Promise((answer) => this.asked.push({ since, read: null, answer })),
    now: () => this.clock,
    random: () => 0.5,
    after: (ms, then) => {
      const timer = { at: this.clock + ms, then };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((other) => other !== timer);
      };
    },
    changed: (change) => this.changes.push(change),
  });

  constructor(frameTasks?: number) {
    this.store = new MiniStore(frameTasks);
  }

  pass(ms: number): void {
    this.clock += ms;
    const due = this.timers.filter((timer) => timer.at <= this.clock);
    this.timers = this.timers.filter((timer) => timer.at > this.clock);
    for (const timer of due) timer.then();
  }

  /** The server reads now; the answer may still take its time. */
  read(): void {
    for (const ask of this.asked) ask.read ??= this.store.snapshot(ask.since);
  }

  async answer(): Promise<void> {
    for (const { since, read, answer } of this.asked.splice(0)) {
      answer(read ?? this.store.snapshot(since));
    }
    for (let i = 0; i < 4; i++) await Promise.resolve();
  }

  /** Everything is delivered from now on, in order, and the store is quiet. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      this.board.frame(this.store.advance());
      this.pass(1_000);
      await this.answer();
    }
  }
}

type Step =
  | { do: "receive"; count: number }
  | { do: "relay" | "lose" | "repeat" | "read" | "answer" | "reconnect" | "restart" }
  | { do: "deliver"; which: number }
  | { do: "pass"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("receive" as const), count: fc.nat(30) }) },
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

async function play(net: BadNetwork, step: Step): Promise<void> {
  switch (step.do) {
    case "receive":
      return net.store.receive(step.count);
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
  if (store.frameTasks < 200) {
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
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
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
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const net = new BadNetwork(8);
      net.board.connected();
      for (const one of steps) await play(net, one);
      await net.settle();
      expectConverged(net);
    }),
    { numRuns: 1_000 },
  );
});

test("the totals never fall while the store is the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const net = new BadNetwork();
      net.board.connected();
      let last = 0;
      for (const one of steps) {
        await play(net, one);
        const total = net.board.state?.totals.total ?? 0;
        expect(total).toBeGreaterThanOrEqual(last);
        last = total;
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
  net.store.relayAt = 20;
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
