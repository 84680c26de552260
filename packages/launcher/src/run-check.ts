import { join } from "node:path";
import { build } from "./build.ts";
import { ProcessGroup } from "./process-group.ts";
import { aborted, StopRequests } from "./stop-requests.ts";
import { CHROMIUM, provideProgram, REDIS } from "./system-package.ts";

/** The run stops everything that it has started, in order. */
const STOP_LIMIT_MS = 60_000;
const EXIT_INTERRUPTED = 130;

export interface CheckRun {
  readonly root: string;
  /** Its program is `src/main.ts`. */
  readonly folder: string;
  readonly args: readonly string[];
}

/** Builds, then runs a program that starts what it looks at by itself. @returns the exit code */
export async function runCheck({ root, folder, args }: CheckRun): Promise<number> {
  using stop = new StopRequests();
  const env = { ...process.env };
  const logDir = join(root, "node_modules/.taskpulse");
  try {
    await provideProgram(REDIS, logDir, stop.signal);
    env.CHROMIUM_PATH ??= await provideProgram(CHROMIUM, logDir, stop.signal);
    await build({ root, logDir, signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted) return EXIT_INTERRUPTED;
    throw error;
  }
  const run = await ProcessGroup.start(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(folder, "src/main.ts"), ...args],
    { cwd: folder, env, stdio: ["ignore", "inherit", "inherit", "ipc"] },
  );
  void aborted(stop.signal).then(() => run.stop(STOP_LIMIT_MS));
  void aborted(stop.atOnce).then(() => run.signal("SIGKILL"));
  const exit = await run.exited;
  return stop.signal.aborted ? EXIT_INTERRUPTED : (exit.code ?? 1);
}
