import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Refusal } from "../early/refusal.mjs";
import { complain, say, step } from "../early/screen.mjs";
import { waitForLock } from "../early/socket-lock.mjs";
import { runTool } from "../early/tool.mjs";

const SHOWN_LINES = 60;
/**
 * What Next.js says while another one builds the same app: that of a launcher that was killed a
 * moment ago and has not ended yet, or one that somebody has started by hand.
 */
const OTHER_BUILD = /Another next build process is already running/;
const OTHER_BUILD_PAUSE_MS = 500;
const OTHER_BUILD_LIMIT_MS = 120_000;
const GUARD = fileURLToPath(new URL("./guard.ts", import.meta.url));
/** Beside Next.js's output: which state of the sources it was built from. */
const STAMP = ".next/taskpulse-build";

export interface BuildOptions {
  readonly root: string;
  /** Where the tools' output goes. */
  readonly logDir: string;
  readonly signal: AbortSignal;
}

/**
 * Builds what is stale. Turbo knows the state of the sources; what is already in place is left
 * untouched, because another instance may be serving it.
 */
export async function build({ root, logDir, signal }: BuildOptions): Promise<void> {
  const lock = await waitForLock(
    `build ${root}`,
    () => say("· another start builds in this folder: waiting for it"),
    signal,
  );
  try {
    await step(
      "build",
      () => buildStale(root, logDir, signal),
      (detail) => ({ detail }),
    );
  } finally {
    await lock.release();
  }
}

async function buildStale(root: string, logDir: string, signal: AbortSignal): Promise<string> {
  const turbo = join(root, "node_modules/.bin/turbo");
  const planFile = join(logDir, "build-plan.json");
  const run = (args: readonly string[], logFile: string) =>
    runTool(process.execPath, [GUARD, turbo, "run", "build", ...args], {
      ...{ cwd: root, logFile, signal, ipc: true },
    });

  await run(["--dry=json"], planFile);
  const tasks = plannedTasks(await readFile(planFile, "utf8"));
  if (tasks.length > 0 && tasks.every((task) => isBuilt(root, task))) return "nothing has changed";

  const logFile = join(logDir, "build.log");
  const deadline = performance.now() + OTHER_BUILD_LIMIT_MS;
  for (;;) {
    const result = await run(["--output-logs=new-only", "--log-order=grouped"], logFile);
    signal.throwIfAborted();
    if (result.kind === "ended" && result.code === 0) break;
    const output = (await readFile(logFile, "utf8")).trimEnd();
    if (OTHER_BUILD.test(output) && performance.now() < deadline) {
      await sleep(OTHER_BUILD_PAUSE_MS, undefined, { signal });
      continue;
    }
    complain(output.split("\n").slice(-SHOWN_LINES).join("\n"));
    throw new Refusal(`The build failed; its whole output is in ${logFile}.`);
  }
  for (const task of tasks) stamp(root, task);
  return "";
}

interface BuildTask {
  readonly hash: string;
  /** Relative to the root. */
  readonly directory: string;
}

function plannedTasks(output: string): BuildTask[] {
  try {
    const plan: { tasks: Array<BuildTask & { command: string }> } = JSON.parse(
      output.slice(output.indexOf("{\n"), output.lastIndexOf("}") + 1),
    );
    return plan.tasks.filter(({ command }) => command !== "<NONEXISTENT>");
  } catch {
    // Turbo will say itself what is wrong.
    return [];
  }
}

/** Next.js names every build differently, which tells a stamp from one that another build left. */
function stampOf(root: string, { hash, directory }: BuildTask): string | undefined {
  const buildId = join(root, directory, ".next/BUILD_ID");
  return existsSync(buildId) ? `${hash} ${readFileSync(buildId, "utf8")}` : undefined;
}

function isBuilt(root: string, task: BuildTask): boolean {
  const file = join(root, task.directory, STAMP);
  const wanted = stampOf(root, task);
  return wanted !== undefined && existsSync(file) && readFileSync(file, "utf8") === wanted;
}

function stamp(root: string, task: BuildTask): void {
  const text = stampOf(root, task);
  if (text !== undefined) writeFileSync(join(root, task.directory, STAMP), text);
}
