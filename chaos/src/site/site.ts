import { join } from "node:path";
import { freeServerPort, type TcpProxy, tcpProxy, until } from "@taskpulse/test-kit";
import { AckTap } from "../load/ack-tap.ts";
import type { Ledger, Side } from "../load/ledger.ts";
import { type Remote, startRemote } from "../remotes/remote.ts";
import { APPS, type App, Clocks } from "./clocks.ts";
import { CrashBudget } from "./crash-budget.ts";
import type { KeptProcess } from "./kept-process.ts";
import { Launched } from "./launched.ts";
import { startSideApp } from "./side-app.ts";

const RETENTION_TASKS = "100000000";

/** What can be cut, delayed and left half-open. */
export const PATHS = ["redis", "producer A", "producer B", "board", "worker"] as const;
export type Path = (typeof PATHS)[number];

export interface SiteOptions {
  /** An empty folder for data, clocks and logs. */
  readonly scratch: string;
  /** `whsec_…`, for all of it. */
  readonly secret: string;
  /** Gets the acknowledgements that producers receive. */
  readonly ledger: Ledger;
}

/**
 * Where faults happen: the product as its launcher runs it (side A), beside it a second consumer, producer
 * and worker on the same Redis (side B), and remotes that the workers call.
 *
 *     producer A ── proxy ──► consumer A ────────────► Redis ◄─────────── worker A   (all by the launcher)
 *     producer B ── proxy ──► consumer B ── proxy ──►  Redis ◄── proxy ── worker B
 *         └───────── proxy ("redis", the same) ─────►  Redis
 *     a board ───── proxy ──► consumer B                       both workers ────► remotes
 */
export class Site implements AsyncDisposable {
  readonly launched: Launched;
  readonly sideApps: Readonly<Record<App, KeptProcess>>;
  readonly remotes: readonly [Remote, ...Remote[]];
  readonly paths: Readonly<Record<Path, TcpProxy>>;
  readonly clocks: Clocks;
  readonly crashes = new CrashBudget();
  readonly origins: Readonly<Record<App, Readonly<Record<Side, string>>>>;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<Site, "launched" | "sideApps" | "remotes" | "paths" | "clocks" | "origins">,
    stack: AsyncDisposableStack,
  ) {
    this.launched = parts.launched;
    this.sideApps = parts.sideApps;
    this.paths = parts.paths;
    this.clocks = parts.clocks;
    this.remotes = parts.remotes;
    this.origins = parts.origins;
    this.#stack = stack;
  }

  static async start({ scratch, secret, ledger }: SiteOptions): Promise<Site> {
    await using stack = new AsyncDisposableStack();
    const ports = { A: await freePorts(), B: await freePorts() };
    const at = (port: number) => `http://127.0.0.1:${port}`;
    const both = (app: App) => ({ A: at(ports.A[app]), B: at(ports.B[app]) });
    const origins = {
      consumer: both("consumer"),
      producer: both("producer"),
      worker: both("worker"),
    };
    const tapped = (side: Side) =>
      tcpProxy({ target: origins.consumer[side], observe: () => new AckTap(ledger, side) });
    const toA = stack.use(await tapped("A"));
    const toB = stack.use(await tapped("B"));
    const clocks = new Clocks(join(scratch, "clocks"));
    const environment = (side: Side, receiver: TcpProxy) => ({
      ...process.env,
      PRODUCER_PORT: String(ports[side].producer),
      CONSUMER_PORT: String(ports[side].consumer),
      WORKER_PORT: String(ports[side].worker),
      WEBHOOK_RECEIVER_URL: `http://${receiver.host}/consumetasks`,
      WEBHOOK_SECRET: secret,
      LOG_LEVEL: "warn",
      RETENTION_TASKS,
      ...clocks.environment(side),
    });

    const dataDir = join(scratch, "data");
    const launched = stack.use(await Launched.start({ dataDir, env: environment("A", toA) }));
    const toRedis = stack.use(await tcpProxy({ target: launched.redisUrl }));
    const boardPath = stack.use(await tcpProxy({ target: origins.consumer.B }));
    const workerPath = stack.use(await tcpProxy({ target: launched.redisUrl }));
    const startBeside = async (app: App, { host }: TcpProxy) => {
      const env = { ...environment("B", toB), REDIS_URL: `redis://${host}` };
      return stack.use(await startSideApp({ app, env, logFile: join(scratch, `${app}-b.log`) }));
    };
    const sideApps = {
      consumer: await startBeside("consumer", toRedis),
      producer: await startBeside("producer", toRedis),
      worker: await startBeside("worker", workerPath),
    };
    const remotes = [
      stack.use(await startRemote("remote-1", scratch)),
      stack.use(await startRemote("remote-2", scratch)),
    ] as const;
    const paths = {
      ...{ redis: toRedis, "producer A": toA, "producer B": toB },
      ...{ board: boardPath, worker: workerPath },
    };
    return new Site({ launched, sideApps, remotes, paths, clocks, origins }, stack.move());
  }

  /** Starts the launcher again once the one that was killed has gone. */
  async startAgain(): Promise<void> {
    await this.launched.ended();
    await this.launched.start();
    this.crashes.forget();
    // Its Redis has another port.
    this.paths.redis.retarget(this.launched.redisUrl);
    this.paths.worker.retarget(this.launched.redisUrl);
  }

  /** The process number of an app; undefined while it is being restarted. */
  pid(side: Side, app: App): number | undefined {
    return side === "A" ? this.launched.pid(app) : this.sideApps[app].pid;
  }

  signal(side: Side, app: App, signal: NodeJS.Signals): boolean {
    return side === "A" ? this.launched.signal(app, signal) : this.sideApps[app].signal(signal);
  }

  /** Sends all apps of both sides, and nothing else of the product, a signal. */
  signalApps(signal: NodeJS.Signals): void {
    for (const side of ["A", "B"] as const) {
      for (const app of APPS) this.signal(side, app, signal);
    }
  }

  /** Resolves when all six apps say that they are ready. */
  async ready(timeoutMs: number): Promise<void> {
    const check = async (origin: string) => {
      const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(1_000) });
      if (!response.ok) throw new Error(`${origin}/readyz answered ${response.status}`);
      return true;
    };
    for (const origin of Object.values(this.origins).flatMap(Object.values<string>)) {
      await until(() => check(origin), { timeoutMs, everyMs: 50, what: `${origin} to be ready` });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function freePorts() {
  const [consumer, producer] = [await freeServerPort(), await freeServerPort()];
  return { consumer, producer, worker: await freeServerPort() };
}
