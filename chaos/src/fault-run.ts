import { parseSecrets, type WebhookSecret } from "@taskpulse/webhook";
import type { Board } from "./boards/board.ts";
import { mergingBoard } from "./boards/merging-board.ts";
import { pageBoard } from "./boards/page-board.ts";
import { Chance } from "./chance.ts";
import { judge } from "./judge.ts";
import { BatchLoad } from "./load/batch-load.ts";
import { DirectLoad } from "./load/direct-load.ts";
import { Ledger } from "./load/ledger.ts";
import { planFaults } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { Site } from "./site/site.ts";
import { type FaultRecord, strikeAll } from "./strike-all.ts";
import type { Findings } from "./verdict/verdict.ts";

/** A board hears of a lost frame within 2 s; one whose connection is dead finds out within 15 s. */
const BOARD_LIMIT_MS = 30_000;

export interface RunSize {
  readonly ofEach: number;
  readonly atLeast?: number;
  readonly workers: number;
  readonly pauseMs: number;
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
  batchSize: [400, 1_200],
  calmMs: [300, 1_300],
  patience: 1,
  settleMs: 240_000,
  leastAcknowledged: 100_000,
};

/** Belongs to `npm test`: every kind once, and one more. */
export const SHORT: RunSize = {
  ofEach: 1,
  atLeast: 15,
  workers: 8,
  pauseMs: 60,
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

  const load = stack.use(
    new DirectLoad({
      origins: site.consumers,
      ledger,
      secret: firstSecret(secret),
      seed,
      chance: new Chance(chance.below(2 ** 32)),
      workers: size.workers,
      pauseMs: size.pauseMs,
    }),
  );
  const batches = stack.use(
    new BatchLoad({
      origins: site.producers,
      chance: new Chance(chance.below(2 ** 32)),
      size: size.batchSize,
    }),
  );
  const beganAt = performance.now();
  load.start();
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
  });
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
    boards,
    consumer: site.consumers.B,
    redisUrl: site.launched.redisUrl,
    settleMs: size.settleMs,
    boardMs: BOARD_LIMIT_MS,
  });
  return { faults, findings, answers: Object.fromEntries(load.answers), loadSeconds };
}

async function openBoards(
  site: Site,
  chromium: string | undefined,
  stack: AsyncDisposableStack,
): Promise<Board[]> {
  const boards: Board[] = [
    mergingBoard("board code on consumer A", site.consumers.A),
    mergingBoard("board code on consumer B", `http://${site.paths.board.host}`),
  ];
  for (const board of boards) stack.use(board);
  if (chromium !== undefined) {
    boards.push(stack.use(await pageBoard("Chromium on consumer A", site.consumers.A, chromium)));
  }
  return boards;
}

export function firstSecret(text: string): WebhookSecret {
  const parsed = parseSecrets(text);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return parsed.secrets[0];
}
