import { describe, expect, it } from "vitest";
import { runChaos } from "./run-chaos.ts";

/** The run proves itself: it sees what the product promises not to do, and only then. */
describe.runIf(process.platform === "linux")("the smallest run", () => {
  it("passes when the product keeps its word", async () => {
    const { code, output } = await runChaos(["--probe"]);
    expect(code, output).toBe(0);
  });

  it("fails when tasks are acknowledged before they are stored", async () => {
    const { code, output, report } = await runChaos(["--probe"], "early-acknowledgement");
    expect(code, output).toBe(1);
    expect(report?.result.findings.comparison.lines[0]?.lost, output).not.toHaveLength(0);
  });

  it("fails when repeats are not recognised", async () => {
    const { code, output, report } = await runChaos(["--probe"], "no-deduplication");
    expect(code, output).toBe(1);
    const comparison = report?.result.findings.comparison;
    expect(comparison?.lines[0]?.double, output).not.toHaveLength(0);
    expect(comparison?.lines[0]?.lost).toHaveLength(0);
  });

  it("fails when it is forgotten how attempts have ended", async () => {
    const { code, output, report } = await runChaos(["--probe"], "lost-finish");
    expect(code, output).toBe(1);
    const findings = report?.result.findings;
    expect(findings?.runs?.unended, output).not.toHaveLength(0);
    expect(findings?.runs?.tooOften).toHaveLength(0);
    expect(findings?.comparison.lines[0]).toMatchObject({ lost: [], double: [] });
  });

  it("fails when tasks are run once more than they may be", async () => {
    const { code, output, report } = await runChaos(["--probe"], "once-too-often");
    expect(code, output).toBe(1);
    const runs = report?.result.findings.runs;
    expect(runs?.tooOften, output).not.toHaveLength(0);
    expect(runs?.unended).toHaveLength(0);
  });

  it("fails when a result webhook is never sent", async () => {
    const { code, output, report } = await runChaos(["--probe"], "no-result-webhook");
    expect(code, output).toBe(1);
    const runs = report?.result.findings.runs;
    expect(runs?.untold, output).not.toHaveLength(0);
    expect(runs).toMatchObject({ unended: [], tooOften: [], mistold: [] });
  });

  it("fails when a board that missed something does not ask for it", async () => {
    const { code, output, report } = await runChaos(["--probe"], "no-resync");
    expect(code, output).toBe(1);
    const findings = report?.result.findings;
    expect(findings?.boards, output).toMatchObject([{ same: false }]);
    expect(findings?.comparison.lines[0]).toMatchObject({ lost: [], double: [] });
  });
});
