import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { measuredOnWords } from "@taskpulse/test-kit";
import { type Report, tables } from "./report.ts";

/** Writes `latest.json` and `README.md`. */
export async function writeResults(folder: string, report: Report): Promise<void> {
  const { machine, measuredAt, seed, minutes, result } = report;
  const text = [
    "# Fault injection",
    "",
    `Run ${measuredAt.slice(0, 10)} for ${minutes.toFixed(0)} minutes on ${measuredOnWords(machine)}; everything on`,
    `the same machine. ${result.faults.length} faults, one after the other, under load all the time. \`npm run chaos -- --seed ${seed}\` draws the same`,
    "faults again; at which instruction each of them hits is up to the machine.",
    "",
    tables(report),
    "",
    "Every acknowledgement is heard outside of the product: by the direct senders, and on the way between producers and consumers. What is",
    "stored is read from Redis key by key, after everything has come to rest. Calls of tasks and results are counted by the remotes that",
    "got them. `latest.json` has every single fault.",
    "",
  ].join("\n");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, "README.md"), text);
}
