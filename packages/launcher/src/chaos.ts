import { join } from "node:path";
import { Refusal } from "../early/refusal.mjs";
import { runCheck } from "./run-check.ts";

/** Builds, then runs the fault injection, which starts and breaks a product of its own. @returns the exit code */
export function chaos(options: { root: string; args: readonly string[] }): Promise<number> {
  if (process.platform !== "linux") {
    throw new Refusal("The fault injection needs Linux: it uses /proc, setpriv and prlimit.");
  }
  return runCheck({ ...options, folder: join(options.root, "chaos") });
}
