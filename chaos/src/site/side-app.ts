import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { endWithUs } from "@taskpulse/test-kit";

const APPS = fileURLToPath(new URL("../../../apps", import.meta.url));
const RESTART_PAUSE_MS = 200;

export interface SideAppOptions {
  readonly app: "consumer" | "producer";
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes. */
  readonly logFile: string;
}

/** One of the apps, without its pages, started by us and started again whenever it ends. */
export class SideApp implements AsyncDisposable {
  readonly #options: SideAppOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | null = null;
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: SideAppOptions) {
    this.#options = options;
  }

  /** Resolves when it serves. */
  static async start(options: SideAppOptions): Promise<SideApp> {
    const app = new SideApp(options);
    const served = Promise.withResolvers<void>();
    app.#loop = app.#keepRunning(served.resolve);
    await Promise.race([
      served.promise,
      app.#loop.then(() => {
        throw new Error(`${options.app} did not start; see ${options.logFile}`);
      }),
    ]);
    return app;
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
      const { app, env, logFile } = this.#options;
      const folder = join(APPS, app);
      const log = openSync(logFile, "a");
      const child = fork(join(folder, "src/main.ts"), ["--api-only"], {
        cwd: folder,
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
      await sleep(RESTART_PAUSE_MS, undefined, { signal }).catch(() => {
        // Only the end cuts the pause short.
      });
    }
  }
}
