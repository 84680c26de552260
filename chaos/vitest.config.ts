import { dirname } from "node:path";
import { defineConfig } from "vitest/config";

/** Whole runs, each with processes of its own: one after the other, or they would only measure the crowd. */
export default defineConfig({
  test: {
    root: dirname(import.meta.dirname),
    include: ["chaos/tests/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 30_000,
    chaiConfig: { truncateThreshold: 4_000 },
  },
});
