import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { ReaperNote } from "./reaper.ts";

const REAPER = fileURLToPath(new URL("./reaper.ts", import.meta.url));

/** What a reaper has to know: told again to the next one, should it go before us. */
const running = new Map<number, NodeJS.Signals>();
let reaper: Socket | undefined;

/**
 * Sends `signal` to a child that still runs when this process has ended, however it came to that: a
 * test runner kills a worker whose test hangs, and what the test has started would run for ever.
 * The child need not know of it; another process, one for all children, waits for our end.
 */
export function endWithUs(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): void {
  const { pid } = child;
  // It could not be started, or has ended already: its number may be another's.
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  running.set(pid, signal);
  tell({ pid, signal });
  child.once("exit", () => {
    running.delete(pid);
    tell({ pid, signal: null });
  });
}

function tell(note: ReaperNote): void {
  if (reaper !== undefined) {
    reaper.write(`${JSON.stringify(note)}\n`);
    return;
  }
  if (running.size === 0) return;
  reaper = startReaper();
  for (const [pid, signal] of running) tell({ pid, signal });
}

/** @returns its input */
function startReaper(): Socket {
  const started = spawn(process.execPath, [REAPER], {
    // A Ctrl-C, or the end of our process group, must not reach it.
    detached: true,
    // Tests put things into every Node.js process by the environment: not into this one.
    env: { NODE_ENV: "test" },
    stdio: ["pipe", "ignore", "inherit"],
  });
  const { stdin } = started;
  if (!(stdin instanceof Socket)) throw new Error("a pipe to a child is a socket");
  const lost = () => {
    if (reaper === stdin) reaper = undefined;
  };
  started.on("error", lost).on("exit", lost);
  stdin.on("error", lost);
  started.unref();
  stdin.unref();
  return stdin;
}
