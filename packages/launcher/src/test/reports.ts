import { readFile } from "node:fs/promises";
import type { Counts } from "./counts.ts";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: ReadonlyArray<{
    readonly status: string;
    readonly assertionResults: ReadonlyArray<{ readonly status: string }>;
  }>;
}

/** `vitest --reporter=json`. A file that could not even be loaded counts as one failure. */
export function vitestCounts(report: VitestReport): Counts {
  const unloaded = report.testResults.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

interface PlaywrightReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
  /** What went wrong outside of tests. */
  readonly errors: readonly unknown[];
}

/** `playwright test --reporter=json`. A test that passed only when repeated has failed. */
export function playwrightCounts({ stats, errors }: PlaywrightReport): Counts {
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped,
  };
}

/** Undefined when the runner did not get as far as writing it. */
export async function readCounts<T>(
  file: string,
  count: (report: T) => Counts,
): Promise<Counts | undefined> {
  try {
    return count(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}
