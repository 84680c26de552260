import { setTimeout as sleep } from "node:timers/promises";
import { complain, say } from "../early/screen.mjs";
import type { Exit, ProcessGroup } from "./process-group.ts";
import type { RestartPolicy } from "./restart-policy.ts";

/** A child's exit code for "the reason is on stderr, and starting again would not help" (sysexits.h). */
const EXIT_REFUSED = 78;

/** Why a part can't go on; the sentence is for the person at the keyboard. */
export interface Failure {
  readonly sentence: string;
}

export interface PartOptions {
  /** As shown: "consumer", "Redis". */
  readonly name: string;
  readonly start: () => Promise<ProcessGroup>;
  /** Resolves once the process serves; rejects or hangs when it does not. */
  readonly whenReady: (process: ProcessGroup, signal: AbortSignal) => Promise<void>;
  readonly readyLimitMs: number;
  readonly stopLimitMs: number;
  readonly policy: RestartPolicy;
  /** Called with every process that became ready. */
  readonly onReady: () => void;
  /** What to say when the first start fails, if the part knows better than "it ended". */
  readonly explain?: () => Promise<string>;
}

/**
 * One child process that is kept running.
 *
 *     idle ─start()─► starting ─ready─► running
 *                        ▲  │ crash        │ crash, or restart()
 *                        │  ▼              ▼
 *                        └─ waiting ◄──────┘        crash ─policy gives up, or exit 78─► failed
 *     any ─stop()─► stopped
 */
export class Part implements AsyncDisposable {
  readonly #options: PartOptions;
  readonly #stopping = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<Failure>();
  #process: ProcessGroup | undefined;
  #restarting = false;
  #wasReady = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: PartOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#process?.hasExited === false ? this.#process.pid : undefined;
  }

  /** Resolves when it is ready for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when it is given up. */
  get failed(): Promise<Failure> {
    return this.#failed.promise;
  }

  start(): void {
    this.#loop = this.#keepRunning();
  }

  /** Ends it in order and starts it again; not counted as a crash. */
  restart(): void {
    if (this.#process === undefined || this.#process.hasExited || this.#restarting) return;
    this.#restarting = true;
    void this.#process.stop(this.#options.stopLimitMs);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const outcome = await this.#process?.stop(this.#options.stopLimitMs);
    if (outcome === "killed") {
      complain(`${this.name} did not stop within ${this.#options.stopLimitMs / 1_000} s: killed.`);
    }
    await this.#loop;
  }

  /** Lets it run on, should somebody have stopped it. */
  wake(): void {
    this.#process?.signal("SIGCONT");
  }

  kill(): void {
    this.#stopping.abort();
    this.#process?.signal("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const child = await this.#options.start();
      this.#process = child;
      // stop() may have come while the process was being made, when there was none to stop.
      if (signal.aborted) await child.stop(this.#options.stopLimitMs);
      const exit = await this.#attend(child);
      if (signal.aborted) return;
      if (this.#restarting) {
        this.#restarting = false;
        continue;
      }
      const failure = await this.#recover(exit);
      if (failure !== undefined) {
        this.#failed.resolve(failure);
        return;
      }
    }
  }

  /** Sees one process through to its end. */
  async #attend(child: ProcessGroup): Promise<Exit> {
    const over = new AbortController();
    const limit = setTimeout(() => {
      const seconds = this.#options.readyLimitMs / 1_000;
      if (this.#wasReady) {
        child.signal("SIGKILL");
        return;
      }
      this.#failed.resolve({ sentence: `${this.name} was not ready within ${seconds} s.` });
    }, this.#options.readyLimitMs);
    this.#options.whenReady(child, over.signal).then(
      () => {
        clearTimeout(limit);
        if (child.hasExited) return;
        if (this.#wasReady) say(`· ${this.name} is back`);
        this.#wasReady = true;
        this.#options.onReady();
        this.#ready.resolve();
      },
      // It ended, or does not answer: its exit or the limit says so.
      () => {},
    );
    const exit = await child.exited;
    clearTimeout(limit);
    over.abort();
    return exit;
  }

  async #recover(exit: Exit): Promise<Failure | undefined> {
    if (exit.code === EXIT_REFUSED) return { sentence: `${this.name} can't run like this.` };
    const how = exit.signal ?? `code ${exit.code}`;
    const after = this.#options.policy.crashed(this.name);
    switch (after.kind) {
      case "give-up": {
        const explained = this.#wasReady ? undefined : await this.#options.explain?.();
        const plain = `${this.name} ended (${how}); that was the fifth crash within a minute: giving up.`;
        return { sentence: explained ?? plain };
      }
      case "restart":
        complain(`· ${this.name} ended (${how}); starting it again in ${after.delayMs / 1_000} s`);
        await sleep(after.delayMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
        return undefined;
      default:
        return after satisfies never;
    }
  }
}
