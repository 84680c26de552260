import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Side } from "../load/ledger.ts";

export const APPS = ["consumer", "producer", "worker"] as const;
export type App = (typeof APPS)[number];

const PRELOAD = new URL("../preload/clock.mjs", import.meta.url);

/** How far each app's clock goes wrong; `preload/clock.mjs` in the app reads along. */
export class Clocks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** What the apps of one side must find in their environment. */
  environment(side: Side): Record<string, string> {
    return {
      CHAOS_CLOCKS: join(this.#folder, side),
      NODE_OPTIONS: [process.env.NODE_OPTIONS, `--import=${PRELOAD.href}`]
        .filter(Boolean)
        .join(" "),
    };
  }

  /** @param offsetMs how much later than it is the app believes it to be */
  set(side: Side, app: App, offsetMs: number): void {
    writeFileSync(`${join(this.#folder, side)}-${app}`, String(Math.round(offsetMs)));
  }
}
