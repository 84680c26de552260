import { join } from "node:path";
import { runCheck } from "./run-check.ts";

/** Builds, then runs the benchmark, which starts what it measures. @returns the exit code */
export function bench(options: { root: string; args: readonly string[] }): Promise<number> {
  return runCheck({ ...options, folder: join(options.root, "bench") });
}
