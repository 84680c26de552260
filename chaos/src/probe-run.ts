import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeServerPort, startRedis, tcpProxy } from "@taskpulse/test-kit";
import { mergingBoard } from "./boards/merging-board.ts";
import { Chance } from "./chance.ts";
import { firstSecret, type RunOptions, type RunResult } from "./fault-run.ts";
import { judge } from "./judge.ts";
import { CommandLoad } from "./load/command-load.ts";
import { DirectLoad } from "./load/direct-load.ts";
import { Ledger, type Side } from "./load/ledger.ts";
import { RunLoad } from "./load/run-load.ts";
import { RunTasks } from "./load/run-task.ts";
import { subscribe } from "./load/subscribe.ts";
import { TaskSender } from "./load/task-sender.ts";
import { startRemote } from "./remotes/remote.ts";
import type { App } from "./site/clocks.ts";
import { startSideApp } from "./site/side-app.ts";

const LOAD_LIMIT_MS = 10_000;
/** Two heartbeats and a slow machine: a board that resyncs is there long before. */
const BOARD_LIMIT_MS = 10_000;
const REPORT_SECONDS = 2;
const WARM_UP_TASKS = 200;
const FREEZE_MS = 400;
const CUT_MS = 600;

/**
 * The smallest run that brings every broken promise to light, whatever the seed: two consumers, a
 * worker, a remote, one board, repeats, and three faults that always come in the same order. The tests run it with the
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
  const ports = { A: await freeServerPort(), B: await freeServerPort() };
  const unused = { PRODUCER_PORT: String(await freeServerPort()) };
  const workerPort = String(await freeServerPort());
  const start = (app: App, side: Side) => {
    const env = {
      ...{ ...process.env, ...unused, REDIS_URL: redis.url, CONSUMER_PORT: String(ports[side]) },
      ...{ WORKER_PORT: workerPort, WEBHOOK_SECRET: secret, LOG_LEVEL: "warn" },
    };
    return startSideApp({ app, env, logFile: join(scratch, `${app}-${side}.log`) });
  };
  stack.use(await start("consumer", "A"));
  stack.use(await start("consumer", "B"));
  stack.use(await start("worker", "A"));
  const remote = stack.use(await startRemote("remote", scratch));
  const origins = { A: `http://127.0.0.1:${ports.A}`, B: `http://127.0.0.1:${ports.B}` };
  const path = stack.use(await tcpProxy({ target: origins.B }));
  const boards = [stack.use(mergingBoard("board code on consumer B", `http://${path.host}`))];
  const ledger = new Ledger();
  const sender = stack.use(new TaskSender({ origins, ledger, seed, secret: firstSecret(secret) }));
  const load = stack.use(
    new DirectLoad({
      ...{ sender, ledger, seed, chance: new Chance(seed) },
      ...{ workers: 8, pauseMs: 10 },
    }),
  );
  const commands = stack.use(new CommandLoad({ origins, chance: new Chance(seed) }));
  const runs = stack.use(
    new RunLoad({
      ...{
        sender,
        commands,
        tasks: new RunTasks(seed, [remote.origin], REPORT_SECONDS),
        chance: new Chance(seed),
      },
      ...{ senders: 1, pauseMs: 20 },
    }),
  );
  const acknowledge = async (count: number) => {
    const deadline = performance.now() + LOAD_LIMIT_MS;
    const wanted = ledger.acknowledgedTasks + count;
    while (ledger.acknowledgedTasks < wanted && performance.now() < deadline) {
      await ledger.acks.next(deadline - performance.now());
    }
  };

  const subscribers = [await subscribe(origins, remote.origin)];
  const beganAt = performance.now();
  load.start();
  runs.start();
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
    ...{ ledger, seed, load, runs, subscribers, remotes: [remote], boards },
    ...{ consumer: origins.A, redisUrl: redis.url },
    settleMs: LOAD_LIMIT_MS,
    boardMs: BOARD_LIMIT_MS,
  });
  return {
    faults: [],
    findings,
    again: null,
    answers: Object.fromEntries(sender.answers),
    loadSeconds,
  };
}
