import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "../../early/refusal.mjs";
import { complain, duration, say, stepLine } from "../../early/screen.mjs";
import { StopRequests } from "../stop-requests.ts";
import { CHROMIUM, NGINX, provideProgram, REDIS } from "../system-package.ts";
import {
  type Counts,
  countsLine,
  NOTHING,
  ONE_FAILED,
  ONE_PASSED,
  sum,
  withExit,
} from "./counts.ts";
import { playwrightCounts, readCounts, vitestCounts } from "./reports.ts";
import { type Captured, runCaptured } from "./run-captured.ts";

const EXIT_INTERRUPTED = 130;
const CHECK_LIMIT_MS = 4 * 60_000;
const RUNNER_LIMIT_MS = 10 * 60_000;

/** What a person may have set for `npm start` must not reach the tests. */
const OURS =
  /^(HOST|DATA_DIR|LOG_LEVEL|REDIS_|BROKER_URL|(PRODUCER|CONSUMER)_PORT|WORKER_|WEBHOOK_|TASKPULSE_(URL|TOKEN|SECRET)|(MIN|MAX)_NBR_TASKS|WAIT_TIME|PUBLIC_URL|REQUIRE_SIGNATURE|SIGNATURE_TOLERANCE|DEDUP_SECONDS|RETENTION_|ADMIN_TOKEN|ALLOWED_HOSTS|TRUST_PROXY|INGEST_RATE_LIMIT|OUTGOING_ALLOW|npm_)/;

interface Outcome {
  readonly counts: Counts;
  /** Printed when something failed. */
  readonly output: string;
}

const NOT_BUILT: Outcome = { counts: ONE_FAILED, output: "not run, because the build failed" };

export interface TestOptions {
  readonly root: string;
  /** `npm test -- attacks`: only the tests of files whose path contains one of these. */
  readonly words: readonly string[];
}

/** Everything that must hold. @returns the exit code */
export async function test({ root, words }: TestOptions): Promise<number> {
  using stop = new StopRequests();
  const startedAt = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "taskpulse-test-"));
  try {
    const run = new TestRun(root, scratch, stop);
    const all = await (words.length === 0 ? run.everything() : run.only(words));
    if (stop.signal.aborted) {
      complain("Interrupted.");
      return EXIT_INTERRUPTED;
    }
    const total = sum(all);
    say(`\nAll of it took ${duration(performance.now() - startedAt)}.`);
    say(countsLine(total));
    return total.failed === 0 && total.passed > 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

class TestRun {
  readonly #root: string;
  readonly #scratch: string;
  readonly #stop: StopRequests;
  readonly #env: NodeJS.ProcessEnv;

  constructor(root: string, scratch: string, stop: StopRequests) {
    this.#root = root;
    this.#scratch = scratch;
    this.#stop = stop;
    this.#env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, TURBO_UI: "false" };
    for (const name of Object.keys(this.#env)) if (OURS.test(name)) delete this.#env[name];
  }

  async everything(): Promise<Counts[]> {
    const all: Counts[] = [];
    all.push(await this.#provide());
    all.push(await this.#step("style", () => this.#check("biome", "ci", "--colors=off", ".")));
    all.push(
      await this.#step("types", () =>
        this.#check("turbo", "run", "typecheck", "--continue", "--output-logs=errors-only"),
      ),
    );
    all.push(await this.#step("arrows", () => this.#check("turbo", "boundaries")));
    all.push(await this.#step("dead code", () => this.#check("knip")));
    all.push(await this.#step("unit and integration", () => this.#vitest("unit")));
    const built = await this.#build();
    all.push(built);
    all.push(await this.#endToEnd(built.failed === 0));
    all.push(await this.#faultInjection(built.failed === 0));
    return all;
  }

  async only(words: readonly string[]): Promise<Counts[]> {
    const provided = await this.#provide();
    const built = await this.#build();
    const unit = await this.#step("unit and integration", () =>
      this.#vitest("unit", "--passWithNoTests", ...words),
    );
    const endToEnd = await this.#endToEnd(built.failed === 0, "--pass-with-no-tests", ...words);
    const faults = await this.#faultInjection(built.failed === 0, "--passWithNoTests", ...words);
    return [provided, unit, endToEnd, faults];
  }

  #build(): Promise<Counts> {
    return this.#step("build", () =>
      this.#check("turbo", "run", "build", "--output-logs=errors-only"),
    );
  }

  /** Redis, Chromium and nginx, where the machine has none. */
  async #provide(): Promise<Counts> {
    try {
      await provideProgram(REDIS, this.#scratch, this.#stop.signal);
      this.#env.CHROMIUM_PATH ??= await provideProgram(CHROMIUM, this.#scratch, this.#stop.signal);
      this.#env.NGINX_PATH ??= await provideProgram(NGINX, this.#scratch, this.#stop.signal);
      return NOTHING;
    } catch (error) {
      if (this.#stop.signal.aborted) return NOTHING;
      if (!(error instanceof Refusal)) throw error;
      complain(error.message);
      return ONE_FAILED;
    }
  }

  async #step(name: string, work: () => Promise<Outcome>): Promise<Counts> {
    if (this.#stop.signal.aborted) return NOTHING;
    const startedAt = performance.now();
    const { counts, output } = await work();
    if (this.#stop.signal.aborted) return NOTHING;
    const single = counts.passed + counts.failed + counts.skipped === 1;
    const ms = performance.now() - startedAt;
    say(stepLine(counts.failed === 0, name, ms, single ? "" : countsLine(counts)));
    if (counts.failed > 0) say(`\n${output.trim()}\n`);
    return counts;
  }

  async #check(tool: string, ...args: string[]): Promise<Outcome> {
    const { succeeded, output } = await this.#run(this.#root, tool, args, CHECK_LIMIT_MS);
    return { counts: succeeded ? ONE_PASSED : ONE_FAILED, output };
  }

  async #vitest(name: string, ...args: string[]): Promise<Outcome> {
    const report = join(this.#scratch, `vitest-${name}.json`);
    const { succeeded, output } = await this.#run(
      this.#root,
      "vitest",
      ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args],
      RUNNER_LIMIT_MS,
    );
    return { counts: withExit(await readCounts(report, vitestCounts), succeeded), output };
  }

  async #endToEnd(isBuilt: boolean, ...only: string[]): Promise<Counts> {
    const name = "end to end";
    const folder = join(this.#root, "e2e");
    if (!existsSync(join(folder, "playwright.config.ts"))) return NOTHING;
    if (!isBuilt) return this.#step(name, async () => NOT_BUILT);
    return this.#step(name, async () => {
      const report = join(this.#scratch, "playwright.json");
      this.#env.PLAYWRIGHT_JSON_OUTPUT_FILE = report;
      const args = ["test", "--reporter=list,json", ...only];
      const { succeeded, output } = await this.#run(folder, "playwright", args, RUNNER_LIMIT_MS);
      return { counts: withExit(await readCounts(report, playwrightCounts), succeeded), output };
    });
  }

  /** Runs of their own, after everything else: each breaks a whole product, which takes its time. */
  #faultInjection(isBuilt: boolean, ...only: string[]): Promise<Counts> {
    const config = join("chaos", "vitest.config.ts");
    return this.#step("fault injection", async () =>
      isBuilt ? this.#vitest("chaos", "--config", config, ...only) : NOT_BUILT,
    );
  }

  #run(cwd: string, tool: string, args: readonly string[], limitMs: number): Promise<Captured> {
    const program = join(cwd, "node_modules/.bin", tool);
    return runCaptured(program, args, { cwd, env: this.#env, limitMs, stop: this.#stop });
  }
}
