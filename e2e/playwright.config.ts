import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig } from "@playwright/test";

/** `npm test` names the Chromium it found; by hand, the one on PATH is taken. */
function chromiumPath(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(existsSync);
  const path = process.env.CHROMIUM_PATH ?? found;
  if (path === undefined) throw new Error("There is no Chromium: start the tests with npm test.");
  return path;
}

export default defineConfig({
  testDir: ".",
  testMatch: ["tests/*.spec.ts", "attacks/*.spec.ts"],
  outputDir: "../node_modules/.taskpulse/e2e",
  // Every file starts the whole product, and two cores are soon busy.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  retries: 0,
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: chromiumPath(),
      args: [
        // Chromium refuses its sandbox to root.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
