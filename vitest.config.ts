import { configDefaults, defineConfig } from "vitest/config";

/** Tests stand beside the source; those in `e2e/` are Playwright's, those in `chaos/tests/` run alone. */
export default defineConfig({
  test: {
    // A second, its default, is little on a machine that runs other tests as well.
    expect: { poll: { timeout: 10_000 } },
    include: [
      "packages/**/*.test.{ts,tsx}",
      "apps/**/*.test.{ts,tsx}",
      "bench/**/*.test.ts",
      "chaos/src/**/*.test.ts",
    ],
    exclude: [...configDefaults.exclude, "**/.next/**"],
    // Many tests start servers of their own and send signals: each file is a process.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Long values are what one needs to see when a test fails on another machine.
    chaiConfig: { truncateThreshold: 1_000 },
  },
});
