import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithUs } from "@taskpulse/test-kit";

export interface KeptProcessOptions {
  readonly name: string;
  /** A module that sends its parent a message once it serves. */
  readonly module: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes. */
  readonly logFile: string;
  /** How long it is away after it has ended. */
  readonly restartPauseMs: number;
}

/** A Node.js process that is started by us, and started again whenever it ends. */
export class KeptProcess implements AsyncDisposable {
  readonly #options: KeptProcessOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | null = null;
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: KeptProcessOptions) {
    this.#options = options;
  }

  /** Resolves when it serves. */
  static async start(options: KeptProcessOptions): Promise<KeptProcess> {
    const kept = new KeptProcess(options);
    const served = Promise.withResolvers<void>();
    kept.#loop = kept.#keepRunning(served.resolve);
    await Promise.race([
      served.promise,
      kept.#loop.then(() => {
        throw new Error(`${options.name} did not start; see ${options.logFile}`);
      }),
    ]);
    return kept;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @returns false while there is no process */
  signal(signal: NodeJS.Signals): boolean {
    return this.#child?.kill(signal) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill("SIGCONT");
    this.#child?.kill("SIGTERM");
    await this.#loop;
  }

  async #keepRunning(onServing: () => void): Promise<void> {
    const { signal } = this.#stopping;
    let hasServed = false;
    while (!signal.aborted) {
      const { module, args, cwd, env, logFile, restartPauseMs } = this.#options;
      const log = openSync(logFile, "a");
      const child = fork(module, args, {
        cwd,
        env: { ...env, NODE_ENV: "production" },
        execArgv: ["--disable-warning=ExperimentalWarning"],
        stdio: ["ignore", log, log, "ipc"],
      });
      closeSync(log);
      // Its channel closes with us, too, but it may be frozen then.
      endWithUs(child);
      this.#child = child;
      child.once("message", () => {
        hasServed = true;
        onServing();
      });
      await once(child, "exit");
      this.#child = null;
      // What never served will not; what has may come up while Redis is away, and try again.
      if (!hasServed) return;
      await sleep(restartPauseMs, undefined, { signal }).catch(() => {
        // Only the end cuts the pause short.
      });
    }
  }
}
