import { readFileSync, readlinkSync } from "node:fs";

/**
 * Sends a signal to a process that has `folder` in its environment or works in it, and to no other:
 * the number of one that has ended may belong to a stranger.
 *
 * @returns false when there is no such process any more
 */
export function signalOwn(pid: number, signal: NodeJS.Signals, folder: string): boolean {
  try {
    return isOwn(pid, folder) && process.kill(pid, signal);
  } catch {
    return false;
  }
}

function isOwn(pid: number, folder: string): boolean {
  if (readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder)) return true;
  // Redis writes its title over its environment.
  return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
}
