import { parseSecrets, type WebhookSecret } from "@taskpulse/webhook";
import type { Board } from "./boards/board.ts";
import { mergingBoard } from "./boards/merging-board.ts";
import { pageBoard } from "./boards/page-board.ts";
import { Chance } from "./chance.ts";
import { judge } from "./judge.ts";
import { BatchLoad } from "./load/batch-load.ts";
import { CommandLoad } from "./load/command-load.ts";
import { DirectLoad } from "./load/direct-load.ts";
import { Ledger } from "./load/ledger.ts";
import { RunLoad, type RunLoadOptions } from "./load/run-load.ts";
import { RunTasks } from "./load/run-task.ts";
import { ScheduleLoad } from "./load/schedule-load.ts";
import { subscribe } from "./load/subscribe.ts";
import { TaskSender } from "./load/task-sender.ts";
import { planFaults } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { type SecondStart, secondStart } from "./second-start.ts";
import { Site } from "./site/site.ts";
import { workersWork } from "./site/workers-work.ts";
import { type FaultRecord, strikeAll } from "./strike-all.ts";
import type { Findings } from "./verdict/verdict.ts";

/** A board hears of a lost frame within 2 s; one whose connection is dead finds out within 15 s. */
const BOARD_LIMIT_MS = 30_000;

/** A worker that lost Redis without a word finds out within some seconds. */
const WORKERS_LIMIT_MS = 30_000;

export interface RunSize {
  readonly ofEach: number;
  /** Only kinds that have this in their name. */
  readonly only?: string;
  readonly workers: number;
  readonly pauseMs: number;
  /** Whether both workers must be seen to run tasks after each fault, or only after the last one. */
  readonly watchesWorkers: boolean;
  /** Of tasks that are run. */
  readonly runs: Pick<RunLoadOptions, "senders" | "pauseMs">;
  readonly batchSize: readonly [number, number];
  readonly calmMs: readonly [number, number];
  /** Scales how long things stay broken. */
  readonly patience: number;
  readonly settleMs: number;
  /** Goes on without faults until so many tasks are acknowledged. */
  readonly leastAcknowledged: number;
}

export const LONG: RunSize = {
  ofEach: 15,
  workers: 12,
  pauseMs: 60,
  watchesWorkers: true,
  runs: { senders: 2, pauseMs: 60 },
  batchSize: [400, 1_200],
  calmMs: [300, 1_300],
  patience: 1,
  settleMs: 240_000,
  leastAcknowledged: 100_000,
};

/** Belongs to `npm test`: every kind once. */
export const SHORT: RunSize = {
  ofEach: 1,
  workers: 8,
  pauseMs: 60,
  watchesWorkers: false,
  runs: { senders: 2, pauseMs: 60 },
  batchSize: [100, 300],
  calmMs: [100, 300],
  patience: 0.2,
  settleMs: 60_000,
  leastAcknowledged: 1_000,
};

export interface RunOptions {
  readonly seed: number;
  readonly size: RunSize;
  readonly scratch: string;
  readonly secret: string;
  /** Where Chromium is; undefined: without the real page. */
  readonly chromium: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly faults: readonly FaultRecord[];
  readonly findings: Findings;
  /** Null in the smallest run. */
  readonly again: SecondStart | null;
  /** How often direct senders got which status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly loadSeconds: number;
}

/** Load, boards and all planned faults, then the comparison. */
export async function faultRun(options: RunOptions): Promise<RunResult> {
  const { seed, size, scratch, secret, progress, signal } = options;
  const chance = new Chance(seed);
  const plan = planFaults(chance, size);
  await using stack = new AsyncDisposableStack();
  const ledger = new Ledger();
  const site = stack.use(await Site.start({ scratch, secret, ledger }));
  const boards = await openBoards(site, options.chromium, stack);
  progress.say(`everything serves; ${boards.map(({ name }) => name).join(", ")}`);

  const sender = stack.use(
    new TaskSender({
      ...{ origins: site.origins.consumer, ledger, secret: firstSecret(secret), seed },
    }),
  );
  const load = stack.use(
    new DirectLoad({
      ...{ sender, ledger, seed, chance: new Chance(chance.below(2 ** 32)) },
      ...{ workers: size.workers, pauseMs: size.pauseMs },
    }),
  );
  const batches = stack.use(
    new BatchLoad({
      origins: site.origins.producer,
      chance: new Chance(chance.below(2 ** 32)),
      size: size.batchSize,
    }),
  );
  const [remote, ...others] = site.remotes;
  const remotes = [remote.origin, ...others.map(({ origin }) => origin)] as const;
  const tasks = new RunTasks(seed, remotes);
  const commands = stack.use(
    new CommandLoad({ origins: site.origins.consumer, chance: new Chance(chance.below(2 ** 32)) }),
  );
  const runs = stack.use(
    new RunLoad({
      ...{ sender, tasks, commands, chance: new Chance(chance.below(2 ** 32)) },
      ...size.runs,
    }),
  );
  const schedules = stack.use(
    new ScheduleLoad({
      ...{ origins: site.origins.consumer, remotes, seed },
      chance: new Chance(chance.below(2 ** 32)),
    }),
  );
  const subscribers = [await subscribe(site.origins.consumer, remote.origin)];
  await schedules.start();
  const beganAt = performance.now();
  load.start();
  runs.start();
  batches.start();
  const faults: FaultRecord[] = [];
  await strikeAll({
    site,
    acks: ledger.acks,
    plan,
    chance,
    patience: size.patience,
    calmMs: size.calmMs,
    signal,
    onFault(record) {
      faults.push(record);
      progress.fault(record, plan.length);
    },
    recovered: async () => {
      if (size.watchesWorkers) await workersWork(site.origins.worker, WORKERS_LIMIT_MS);
    },
  });
  await workersWork(site.origins.worker, WORKERS_LIMIT_MS);
  while (ledger.acknowledgedTasks < size.leastAcknowledged) {
    signal.throwIfAborted();
    await ledger.acks.next(1_000);
  }
  const loadSeconds = (performance.now() - beganAt) / 1_000;
  progress.say("no more faults; everything has to come to rest");
  await site.ready(size.settleMs);
  const findings = await judge({
    ledger,
    seed,
    load,
    batches,
    runs,
    ...{ schedules, subscribers },
    remotes: site.remotes,
    boards,
    consumer: site.origins.consumer.B,
    redisUrl: site.launched.redisUrl,
    progress,
    settleMs: size.settleMs,
    boardMs: BOARD_LIMIT_MS,
  });
  progress.say("everything is killed and started again");
  const again = await secondStart(site);
  return { faults, findings, again, answers: Object.fromEntries(sender.answers), loadSeconds };
}

async function openBoards(
  site: Site,
  chromium: string | undefined,
  stack: AsyncDisposableStack,
): Promise<Board[]> {
  const boards: Board[] = [
    mergingBoard("board code on consumer A", site.origins.consumer.A),
    mergingBoard("board code on consumer B", `http://${site.paths.board.host}`),
  ];
  for (const board of boards) stack.use(board);
  if (chromium !== undefined) {
    boards.push(
      stack.use(await pageBoard("Chromium on consumer A", site.origins.consumer.A, chromium)),
    );
  }
  return boards;
}

export function firstSecret(text: string): WebhookSecret {
  const parsed = parseSecrets(text);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return parsed.secrets[0];
}
