import { expect, it } from "vitest";
import { countsLine, NOTHING, ONE_FAILED, ONE_PASSED, sum, withExit } from "./counts.ts";
import { playwrightCounts, readCounts, vitestCounts } from "./reports.ts";

it("adds up and prints the last line", () => {
  expect(countsLine(sum([ONE_PASSED, ONE_FAILED, ONE_PASSED, { ...NOTHING, skipped: 3 }]))).toBe(
    "2 passed, 1 failed, 3 skipped",
  );
  expect(sum([])).toEqual(NOTHING);
});

it("counts a runner that crashed, or failed without saying where, as a failure", () => {
  expect(withExit(undefined, false)).toEqual(ONE_FAILED);
  expect(withExit(undefined, true)).toEqual(ONE_FAILED);
  expect(withExit({ passed: 9, failed: 0, skipped: 0 }, false).failed).toBe(1);
  expect(withExit({ passed: 9, failed: 2, skipped: 0 }, false).failed).toBe(2);
  expect(withExit(ONE_PASSED, true)).toEqual(ONE_PASSED);
});

it("counts a file that could not be loaded", () => {
  const counts = vitestCounts({
    numPassedTests: 4,
    numFailedTests: 1,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] },
      { status: "passed", assertionResults: [{ status: "passed" }] },
    ],
  });
  expect(counts).toEqual({ passed: 4, failed: 2, skipped: 2 });
});

it("counts flaky tests and errors outside of tests as failures", () => {
  const stats = { expected: 5, unexpected: 1, flaky: 1, skipped: 2 };
  expect(playwrightCounts({ stats, errors: [{}] })).toEqual({ passed: 5, failed: 3, skipped: 2 });
});

it("has no counts without a report", async () => {
  expect(await readCounts("/nowhere/report.json", vitestCounts)).toBeUndefined();
});
