export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };
export const ONE_PASSED: Counts = { ...NOTHING, passed: 1 };
export const ONE_FAILED: Counts = { ...NOTHING, failed: 1 };

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
    }),
    NOTHING,
  );
}

/** The last line of `npm test`. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * A runner that ends badly without naming a failed test has failed all the same: it crashed, or
 * something went wrong outside of any test.
 */
export function withExit(counts: Counts | undefined, succeeded: boolean): Counts {
  if (counts === undefined) return ONE_FAILED;
  return succeeded || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}
