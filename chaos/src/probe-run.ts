import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeServerPort, startRedis, tcpProxy } from "@taskpulse/test-kit";
import { mergingBoard } from "./boards/merging-board.ts";
import { Chance } from "./chance.ts";
import { firstSecret, type RunOptions, type RunResult } from "./fault-run.ts";
import { judge } from "./judge.ts";
import { DirectLoad } from "./load/direct-load.ts";
import { Ledger } from "./load/ledger.ts";
import { SideApp } from "./site/side-app.ts";

const LOAD_LIMIT_MS = 10_000;
/** Two heartbeats and a slow machine: a board that resyncs is there long before. */
const BOARD_LIMIT_MS = 10_000;
const WARM_UP_TASKS = 200;
const FREEZE_MS = 400;
const CUT_MS = 600;

/**
 * The smallest run that brings every broken promise to light, whatever the seed: two consumers, one
 * board, repeats, and three faults that always come in the same order. The tests run it with the
 * product sabotaged, and expect it to fail.
 *
 * - The board is cut off while tasks come in.
 * - Redis stands still, so that nothing can be stored, and is killed before it goes on.
 */
export async function probeRun({
  seed,
  scratch,
  secret,
  progress,
}: Omit<RunOptions, "size" | "chromium" | "signal">): Promise<RunResult> {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const start = async (name: string) => {
    const port = await freeServerPort();
    const env = {
      ...process.env,
      REDIS_URL: redis.url,
      CONSUMER_PORT: String(port),
      PRODUCER_PORT: String(port + 1),
      WEBHOOK_SECRET: secret,
      LOG_LEVEL: "warn",
    };
    const logFile = join(scratch, `${name}.log`);
    stack.use(await SideApp.start({ app: "consumer", env, logFile }));
    return `http://127.0.0.1:${port}`;
  };
  const origins = { A: await start("consumer-a"), B: await start("consumer-b") };
  const path = stack.use(await tcpProxy({ target: origins.B }));
  const boards = [stack.use(mergingBoard("board code on consumer B", `http://${path.host}`))];
  const ledger = new Ledger();
  const load = stack.use(
    new DirectLoad({
      ...{ origins, ledger, seed, secret: firstSecret(secret), chance: new Chance(seed) },
      ...{ workers: 8, pauseMs: 10 },
    }),
  );
  const acknowledge = async (count: number) => {
    const deadline = performance.now() + LOAD_LIMIT_MS;
    const wanted = ledger.acknowledgedTasks + count;
    while (ledger.acknowledgedTasks < wanted && performance.now() < deadline) {
      await ledger.acks.next(deadline - performance.now());
    }
  };

  const beganAt = performance.now();
  load.start();
  await acknowledge(WARM_UP_TASKS);
  progress.say("a board is cut off while tasks come in");
  path.cut();
  await sleep(CUT_MS);
  path.heal();
  await acknowledge(WARM_UP_TASKS);
  progress.say("Redis is frozen, and killed");
  await redis.kill("SIGSTOP");
  await sleep(FREEZE_MS);
  await redis.kill("SIGKILL");
  await redis.restart();
  await acknowledge(WARM_UP_TASKS);
  const loadSeconds = (performance.now() - beganAt) / 1_000;
  const findings = await judge({
    ...{ ledger, seed, load, boards, consumer: origins.A, redisUrl: redis.url },
    settleMs: LOAD_LIMIT_MS,
    boardMs: BOARD_LIMIT_MS,
  });
  return { faults: [], findings, answers: Object.fromEntries(load.answers), loadSeconds };
}
