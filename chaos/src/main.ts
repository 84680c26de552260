import { randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measuredOn } from "@taskpulse/test-kit";
import { generateSecret } from "@taskpulse/webhook";
import { faultRun, LONG, type RunResult, SHORT } from "./fault-run.ts";
import { neutralEnvironment } from "./neutral-environment.ts";
import { probeRun } from "./probe-run.ts";
import { Progress } from "./progress.ts";
import { type AwayFigures, redisAway } from "./redis-away.ts";
import { problems, type Report, shortfalls, tables } from "./report/report.ts";
import { writeResults } from "./report/write-results.ts";

const RESULTS = fileURLToPath(new URL("../results", import.meta.url));
/** The page in Chromium is the third board. */
const PUBLISHED = { ofEach: 15, acknowledged: 100_000, boards: 3 } as const;
const LIMITS_MINUTES = { long: 45, short: 3, probe: 2 } as const;

const { values } = parseArgs({
  options: {
    /** Repeats the decisions of an earlier run. */
    seed: { type: "string" },
    /** Every kind of fault once, about a minute; writes no results. */
    short: { type: "boolean", default: false },
    /** The smallest run, which the tests sabotage. */
    probe: { type: "boolean", default: false },
    /** Only kinds of faults that have this in their name, such as `worker`. */
    only: { type: "string", default: "" },
    /** How often each kind comes. */
    times: { type: "string" },
    /** Where to write the whole report as JSON besides. */
    report: { type: "string" },
  },
});
const length = values.probe ? "probe" : values.short ? "short" : "long";
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (!Number.isSafeInteger(seed) || seed < 0) {
  process.stderr.write("--seed takes a whole number\n");
  process.exit(2);
}

Object.assign(process.env, neutralEnvironment());
const scratch = mkdtempSync(join(tmpdir(), "taskpulse-chaos-"));
const secret = generateSecret(randomBytes);
const progress = new Progress();
/** Its results are published. */
const isWhole = length === "long" && values.only === "" && values.times === undefined;
const repeat = [
  `npm run chaos -- --seed ${seed}`,
  ...(length === "long" ? [] : [`--${length}`]),
  ...(values.only === "" ? [] : [`--only "${values.only}"`]),
  ...(values.times === undefined ? [] : [`--times ${values.times}`]),
].join(" ");

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => stopping.abort(new Error("interrupted")));
}
process.on("disconnect", () => stopping.abort(new Error("interrupted")));
const minutes = LIMITS_MINUTES[values.times === undefined ? length : "long"];
const limit = setTimeout(() => {
  stopping.abort(new Error(`not done after ${minutes} minutes`));
}, minutes * 60_000);

const code = await main();
clearTimeout(limit);
process.exit(code);

async function main(): Promise<number> {
  progress.say(`${length} run, seed ${seed}; to repeat it: ${repeat}`);
  const startedAt = performance.now();
  const machine = measuredOn(import.meta.dirname);
  try {
    const result = await run();
    const away = isWhole ? await bothAway() : [];
    const report: Report = {
      measuredAt: new Date().toISOString(),
      machine,
      seed,
      minutes: (performance.now() - startedAt) / 60_000,
      result,
      away,
    };
    process.stdout.write(`\n${tables(report)}\n\n`);
    if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(report));
    const found = [...problems(report), ...(isWhole ? shortfalls(result, PUBLISHED) : [])];
    if (found.length > 0) return fail(found);
    if (isWhole) await writeResults(RESULTS, report);
    progress.say("0 lost, 0 double, every board shows what the store holds");
    rmSync(scratch, { recursive: true, force: true });
    return 0;
  } catch (error) {
    const reason: unknown = stopping.signal.aborted ? stopping.signal.reason : error;
    return fail([reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)]);
  }
}

function run(): Promise<RunResult> {
  const options = { seed, scratch, secret, progress };
  if (length === "probe") return probeRun(options);
  const planned = length === "long" ? LONG : SHORT;
  const times = values.times === undefined ? planned.ofEach : Number(values.times);
  const size = { ...planned, ofEach: times, only: values.only };
  const chromium = process.env.CHROMIUM_PATH;
  return faultRun({ ...options, size, chromium, signal: stopping.signal });
}

async function bothAway(): Promise<AwayFigures[]> {
  const options = { scratch, secret, progress };
  return [await redisAway("gone", options), await redisAway("frozen", options)];
}

function fail(found: readonly string[]): number {
  for (const problem of found) process.stderr.write(`✗ ${problem}\n`);
  process.stderr.write(`✗ Failed with seed ${seed}; to repeat it: ${repeat}\n`);
  process.stderr.write(`  What the processes said is in ${scratch}.\n`);
  return 1;
}
