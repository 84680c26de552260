import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

/**
 * @typedef {{ kind: "ended", code: number | null } | { kind: "missing" } | { kind: "interrupted" }} ToolResult
 */

/**
 * Runs a program to its end, without input, with all its output in `logFile`. It gets a process group
 * of its own, so that a terminal's Ctrl-C ends it only through us.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, logFile: string, signal: AbortSignal, env?: NodeJS.ProcessEnv, ipc?: boolean }} options
 * With `ipc`, the program gets a channel that closes when this process ends, however it ends.
 * @returns {Promise<ToolResult>}
 */
export function runTool(program, args, { cwd, logFile, signal, env = process.env, ipc = false }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  return new Promise((resolve) => {
    /** @type {import("node:child_process").StdioOptions} */
    const stdio = ["ignore", log, log, ...(ipc ? /** @type {const} */ (["ipc"]) : [])];
    const child = spawn(program, args, { cwd, env, detached: true, stdio });
    closeSync(log);
    const interrupt = () => child.pid !== undefined && killGroup(child.pid, "SIGTERM");
    if (signal.aborted) interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    child.once("error", () => resolve({ kind: "missing" }));
    child.once("exit", (code) => {
      signal.removeEventListener("abort", interrupt);
      resolve(signal.aborted ? { kind: "interrupted" } : { kind: "ended", code });
    });
  });
}

/** @param {number} pid @param {NodeJS.Signals} signal */
export function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
