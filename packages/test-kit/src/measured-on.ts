import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

/** What published figures were measured on. */
export interface MeasuredOn {
  cpu: string;
  cores: number;
  memoryGiB: number;
  node: string;
  /** Of the code: an abbreviated hash, with `+` when files differed from it; `unknown` outside a checkout. */
  commit: string;
}

/** @param folder any folder of the checkout; changes in its `results` don't count, they are what is being written */
export function measuredOn(folder: string): MeasuredOn {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: commitOf(folder),
  };
}

function commitOf(folder: string): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const changed = git("status", "--porcelain", "--", ":/", ":(top,exclude)*/results/*") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? "+" : ""}`;
  } catch {
    return "unknown";
  }
}

/** One sentence's middle: `2 cores (…), 24 GiB, Node.js v24.0.0, commit abc1234`. */
export function measuredOnWords({ cpu, cores, memoryGiB, node, commit }: MeasuredOn): string {
  return `${cores} cores (${cpu}), ${memoryGiB} GiB, Node.js ${node}, commit ${commit}`;
}
