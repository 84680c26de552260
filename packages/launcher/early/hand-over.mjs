import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Refusal } from "./refusal.mjs";
import { killGroup } from "./tool.mjs";

const LAUNCHER = "packages/launcher/src/main.ts";
/** The launcher bounds its own stop to 30 s; only one that is itself frozen takes longer. */
const LAUNCHER_STOP_MS = 35_000;

/** The Node.js 24 that came with the packages, or the running one where none is packaged. @param {string} root */
function findNode(root) {
  const packaged = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
  if (process.platform === "linux" && existsSync(packaged)) return packaged;
  const [major = "0"] = process.versions.node.split(".");
  if (Number(major) >= 24) return process.execPath;
  throw new Refusal(
    `Taskpulse runs on Node.js 24 or newer, which has no npm package for ${process.platform} ${process.arch}: please install it (this is ${process.version}).`,
  );
}

/**
 * Starts the launcher in a process group of its own and stays as its link to npm and the terminal.
 * If this process is killed, the launcher sees the channel close and stops everything in order.
 *
 * @param {string} root
 * @param {readonly string[]} args
 * @param {number} startedAt When the command began, in milliseconds since the epoch.
 */
export function handOver(root, args, startedAt) {
  const node = findNode(root);
  const child = spawn(
    node,
    ["--disable-warning=ExperimentalWarning", join(root, LAUNCHER), ...args],
    {
      cwd: root,
      detached: true,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      env: {
        ...process.env,
        // Turbo and Next.js start `node` by name, turbo also pnpm.
        PATH: [
          join(root, "node_modules/.bin"),
          join(root, ".tools/node_modules/.bin"),
          process.env.PATH,
        ].join(delimiter),
        TASKPULSE_STARTED_AT: String(startedAt),
      },
    },
  );
  /** @type {Promise<number>} */
  const exitCode = new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
  return {
    exitCode,
    /** @param {NodeJS.Signals} signal */
    stop(signal) {
      child.kill(signal);
      setTimeout(() => child.pid && killGroup(child.pid, "SIGKILL"), LAUNCHER_STOP_MS).unref();
    },
  };
}
