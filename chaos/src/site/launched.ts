import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endWithUs, until } from "@taskpulse/test-kit";
import { signalOwn } from "./owned-process.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 40_000;

export type Part = "launcher" | "redis" | "consumer" | "producer" | "worker";

interface InstanceFile {
  readonly redisUrl: string;
  readonly pids: Readonly<Partial<Record<Part, number>>>;
}

export interface LaunchedOptions {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The product as `npm start` runs it: its launcher with Redis, consumer, producer and worker. */
export class Launched implements AsyncDisposable {
  readonly #options: LaunchedOptions;
  #child: ChildProcess | null = null;
  #output = "";

  private constructor(options: LaunchedOptions) {
    this.#options = options;
  }

  static async start(options: LaunchedOptions): Promise<Launched> {
    const launched = new Launched(options);
    await launched.start();
    return launched;
  }

  /** Starts it, again on the same data if it was there before; resolves when all of it serves. */
  async start(): Promise<void> {
    const before = this.#output.length;
    const child = spawn(process.execPath, ["packages/launcher/bootstrap.mjs", "start"], {
      cwd: ROOT,
      env: { ...this.#options.env, DATA_DIR: this.#options.dataDir, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithUs(child, "SIGTERM");
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        this.#output += part;
      });
    }
    const ready = () => this.#output.slice(before).includes("Ready in");
    await until(() => ready() || hasEnded(child), {
      timeoutMs: START_LIMIT_MS,
      what: "the launcher to be ready",
    });
    if (!ready()) throw new Error(`the launcher did not start:\n${this.#output.slice(before)}`);
  }

  /** All that it has printed. */
  get output(): string {
    return this.#output;
  }

  /** The launcher gave up or was ended: nothing restarts its parts any more. */
  get hasEnded(): boolean {
    return this.#child === null || hasEnded(this.#child);
  }

  /** Resolves once the process that was started has gone, after its launcher was killed. */
  async ended(): Promise<void> {
    const child = this.#child;
    if (child !== null && !hasEnded(child)) await once(child, "exit");
  }

  get redisUrl(): string {
    return this.#instance().redisUrl;
  }

  get redisDir(): string {
    return join(this.#options.dataDir, "redis");
  }

  /** Undefined while the part is being restarted. */
  pid(part: Part): number | undefined {
    return this.#instance().pids[part];
  }

  signal(part: Part, signal: NodeJS.Signals): boolean {
    const pid = this.pid(part);
    return pid !== undefined && signalOwn(pid, signal, this.#options.dataDir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === null || hasEnded(child)) return;
    for (const part of ["launcher", "redis", "consumer", "producer", "worker"] as const) {
      this.signal(part, "SIGCONT");
    }
    const limit = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    const exited = once(child, "exit");
    child.kill("SIGINT");
    await exited;
    clearTimeout(limit);
  }

  #instance(): InstanceFile {
    return JSON.parse(readFileSync(join(this.#options.dataDir, "instance.json"), "utf8"));
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
