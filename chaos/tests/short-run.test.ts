import { expect, it } from "vitest";
import { FAULT_KINDS } from "../src/faults/fault.ts";
import { runChaos } from "./run-chaos.ts";

it.runIf(process.platform === "linux")(
  "loses nothing and counts nothing twice through faults of every kind",
  async () => {
    const { code, output, report } = await runChaos(["--short"]);
    expect(code, output).toBe(0);
    const faults = report?.result.faults ?? [];
    expect(faults).toHaveLength(FAULT_KINDS.length);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
    for (const { ackAgeMs } of faults) expect(ackAgeMs).toBeLessThanOrEqual(100);
  },
);
