import { type Browser, chromium } from "@playwright/test";

/** The Chromium that the launcher found, headless. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  if (executablePath === undefined) {
    throw new Error("CHROMIUM_PATH is not set: start the benchmark with npm run bench");
  }
  return chromium.launch({
    executablePath,
    args: [
      // Chromium refuses its sandbox to root.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-background-networking",
      "--disable-component-update",
      "--enable-precise-memory-info",
      "--js-flags=--expose-gc",
    ],
  });
}
