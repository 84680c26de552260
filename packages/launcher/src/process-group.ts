import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killGroup } from "../early/tool.mjs";
import { findProgram } from "./programs.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GroupOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio: NonNullable<SpawnOptions["stdio"]>;
  /** True for a program that does not end by itself when an IPC channel closes. */
  readonly guarded?: boolean;
}

const GUARD = fileURLToPath(new URL("./guard.ts", import.meta.url));

/**
 * A program in a process group of its own: a terminal's Ctrl-C reaches it only through us, and what
 * it started itself ends with it. When this process is killed, the kernel ends it (Linux); elsewhere
 * the closing IPC channel tells it, or its guard.
 */
export class ProcessGroup {
  readonly child: ChildProcess;
  /** Never rejects; a program that could not be started exits with code 127, as in a shell. */
  readonly exited: Promise<Exit>;
  #hasExited = false;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.#hasExited = true;
        // What the program has started must not outlive it.
        this.signal("SIGKILL");
        resolve(exit);
      };
      child.once("error", () => child.pid === undefined && end({ code: 127, signal: null }));
      child.once("exit", (code, signal) => end({ code, signal }));
    });
  }

  static async start(
    program: string,
    args: readonly string[],
    { guarded = false, ...options }: GroupOptions,
  ): Promise<ProcessGroup> {
    const setpriv = process.platform === "linux" ? await findProgram("setpriv") : undefined;
    const [file, ...rest] = [program, ...args];
    if (setpriv !== undefined) {
      return launch(setpriv, ["--pdeathsig", "TERM", file, ...rest], options);
    }
    if (!guarded) return launch(file, rest, options);
    const stdio = Array.isArray(options.stdio) ? options.stdio : Array(3).fill(options.stdio);
    return launch(process.execPath, [GUARD, file, ...rest], {
      ...options,
      stdio: [...stdio, "ipc"],
    });

    function launch(name: string, words: readonly string[], spawnOptions: SpawnOptions) {
      return new ProcessGroup(spawn(name, words, { ...spawnOptions, detached: true }));
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) killGroup(this.child.pid, signal);
  }

  /** Asks it to end, wakes it should it be stopped, and kills its group after `limitMs`. */
  async stop(limitMs: number): Promise<"stopped" | "killed"> {
    if (this.#hasExited) return "stopped";
    this.child.kill("SIGTERM");
    this.signal("SIGCONT");
    const ended = await Promise.race([
      this.exited.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, limitMs, false).unref()),
    ]);
    if (ended) return "stopped";
    this.signal("SIGKILL");
    await this.exited;
    return "killed";
  }
}
