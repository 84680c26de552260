import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "../src/report/report.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const SABOTAGE = new URL("../src/preload/sabotage.mjs", import.meta.url);

export interface ChaosRun {
  readonly code: number | null;
  readonly output: string;
  /** Null when it did not get as far as comparing. */
  readonly report: Report | null;
}

/** The program that `npm run chaos` runs, with the product sabotaged if `sabotage` says so. */
export async function runChaos(args: readonly string[], sabotage?: string): Promise<ChaosRun> {
  const folder = mkdtempSync(join(tmpdir(), "taskpulse-chaos-test-"));
  const file = join(folder, "report.json");
  try {
    const child = spawn(process.execPath, [MAIN, ...args, "--report", file], {
      env: {
        ...process.env,
        // The runs keep what they leave behind beside the report.
        TMPDIR: folder,
        NODE_OPTIONS: sabotage === undefined ? "" : `--import=${SABOTAGE.href}`,
        ...(sabotage === undefined ? {} : { CHAOS_SABOTAGE: sabotage }),
      },
      // The run ends in order when the channel closes with this process.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer) => {
        output += part;
      });
    }
    const [code] = (await once(child, "exit")) as [number | null];
    return { code, output, report: readReport(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return null;
  }
}
