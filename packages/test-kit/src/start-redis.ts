import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, mkdtempSync, rmSync } from "node:fs";
import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { endWithUs } from "./end-with-us.ts";
import { freePort } from "./free-port.ts";
import { pingRedis } from "./ping-redis.ts";
import { until } from "./until.ts";

export interface StartRedisOptions {
  /** Where it keeps its data; default: a new folder, removed at the end. A given one is kept. */
  readonly dir?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Further arguments for redis-server; they win over ours: `["--maxmemory", "10mb"]`. */
  readonly args?: readonly string[];
}

export interface TestRedis extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>`, the same across `restart()`. */
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  /** Process id of the running server; another one after `restart()`. */
  readonly pid: number;
  /** Sends the signal, SIGKILL by default; waits for the end unless it is SIGSTOP or SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the server if it still runs (in order) and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** What the server has printed since its last start. */
  output(): string;
}

/**
 * Starts a redis-server (or valkey-server) from PATH on 127.0.0.1 with `appendonly yes` and
 * `appendfsync always`, as Taskpulse runs it, and waits until it answers PING.
 *
 *     await using redis = await startRedis();
 *     const client = new Redis(redis.url);
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<TestRedis> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "taskpulse-redis-"));
  const program = await findServer();
  // Another process may take a free port before Redis does.
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort());
    const redis = new RedisUnderTest(program, port, dir, options);
    try {
      await redis.start();
      return redis;
    } catch (error) {
      await redis.kill();
      const taken = redis.output().includes("Address already in use");
      if (taken && options.port === undefined && tries < 5) continue;
      await redis[Symbol.asyncDispose]();
      throw error;
    }
  }
}

class RedisUnderTest implements TestRedis {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly #program: string;
  readonly #options: StartRedisOptions;
  #child: ChildProcess | undefined;
  #printed = "";

  constructor(program: string, port: number, dir: string, options: StartRedisOptions) {
    this.url = `redis://127.0.0.1:${port}`;
    this.port = port;
    this.dir = dir;
    this.#program = program;
    this.#options = options;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("this Redis has not been started");
    return pid;
  }

  async start(): Promise<void> {
    const args = [
      ...["--bind", "127.0.0.1", "--port", String(this.port), "--dir", this.dir],
      ...["--appendonly", "yes", "--appendfsync", "always", "--save", ""],
      ...["--maxmemory-policy", "noeviction", ...(this.#options.args ?? [])],
    ];
    const child = spawn(this.#program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    endWithUs(child);
    this.#child = child;
    this.#printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#printed = (this.#printed + chunk.toString()).slice(-20_000);
      });
    }
    await once(child, "spawn");
    let ended = false;
    child.once("exit", () => {
      ended = true;
    });
    await until(async () => ended || (await pingRedis(this.port)), {
      what: "Redis to answer PING",
    });
    if (ended) throw new Error(`redis-server ended at its start:\n${this.#printed}`);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    child.kill(signal);
    if (signal === "SIGSTOP" || signal === "SIGCONT") return;
    if (!hasEnded(child)) await once(child, "exit");
  }

  async restart(): Promise<void> {
    await this.kill("SIGCONT");
    await this.kill("SIGTERM");
    await this.start();
  }

  output(): string {
    return this.#printed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGKILL");
    if (this.#options.dir === undefined) rmSync(this.dir, { recursive: true, force: true });
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function findServer(): Promise<string> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of ["redis-server", "valkey-server"]) {
    for (const folder of folders) {
      const file = join(folder, name);
      const runs = access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (await runs) return file;
    }
  }
  throw new Error("no redis-server and no valkey-server on PATH; `npm test` installs one");
}
