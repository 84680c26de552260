import { PRIORITIES, type Task } from "@taskpulse/contract";
import { taskidOf } from "@taskpulse/store";
import { Chance } from "../chance.ts";
import { type Script, scriptPath } from "../remotes/deed.ts";
import { RESULT_PATHS } from "../remotes/take-result.ts";
import { identityKey } from "./ledger.ts";
import type { SentTask } from "./task-sender.ts";

const PER_BATCH = 1_000;
/** How often each script is drawn, of 100. */
const SCRIPTS: readonly (readonly [share: number, script: Script])[] = [
  [34, ["ok"]],
  [8, ["slow"]],
  [6, ["fail"]],
  [4, ["500"]],
  [6, ["503", "ok"]],
  [4, ["503"]],
  [5, ["reset", "ok"]],
  [3, ["reset"]],
  [4, ["hang", "ok"]],
  [2, ["hang"]],
  [4, ["503", "reset", "late"]],
  [7, ["late"]],
  [4, ["late-fail"]],
  [4, ["early"]],
  [4, ["twice"]],
  [1, ["never"]],
];
const INTERVALS: readonly [number[], ...number[][]] = [[0.05], [0.1, 0.3], [0.4, 0.1]];
export const RESULT_WEBHOOK = { timeout: 1, max_retries: 10, retry_intervals: [0.2, 0.5] };
/** How far back tasks reach for what they wait for. */
const RECENT = 30;

/** A task that is run, and what is known of it beforehand. */
export interface RunTask extends SentTask {
  readonly taskid: string;
  readonly body: Task;
  readonly script: Script;
  readonly maxRetries: number;
  /** Between its attempts, in seconds; the last one repeats. */
  readonly intervals: readonly number[];
  readonly after: readonly string[];
  /** Whether it wants to be told of: see `RESULT_PATHS`. */
  readonly hasWebhook: boolean;
  /** What it must return if it is not a call but the handler `multiply`. */
  readonly product: number | null;
  /** What is asked for it after it was acknowledged. */
  readonly command: { readonly name: "cancel" | "retry"; readonly afterMs: number } | null;
}

/**
 * All tasks of a run that are run. Each follows from its number alone, as `chaosTask`, so that what the
 * store holds and what the remotes have heard can be held against it.
 */
export class RunTasks {
  readonly #seed: number;
  readonly #remotes: readonly [string, ...string[]];
  readonly #deadline: number;

  /**
   * @param remotes origins of the endpoints that the tasks call
   * @param deadline of reports that do come, in seconds: they may find nobody for a while
   */
  constructor(seed: number, remotes: readonly [string, ...string[]], deadline = 5) {
    this.#seed = seed;
    this.#remotes = remotes;
    this.#deadline = deadline;
  }

  at(n: number): RunTask {
    const chance = new Chance((this.#seed * 1_000_003 + n) % 2 ** 32);
    const script = drawScript(chance);
    const maxRetries = chance.below(5);
    const intervals = chance.pick(INTERVALS);
    const after = chance.happens(0.2) ? this.#predecessors(n, chance) : [];
    const { batchid, id } = this.#identity(n);
    const body: Task = {
      ...{ batchid, id, owner: `Runner ${n}`, priority: chance.pick(PRIORITIES) },
      call: {
        url: chance.pick(this.#remotes) + scriptPath(script),
        method: chance.pick(["POST", "POST", "GET", "PUT"]),
        args: { n },
        timeout: script[0] === "hang" ? 0.5 : 1.5,
      },
      ...{ max_retries: maxRetries, retry_intervals: intervals },
      deadline: script.includes("never") ? 1 : this.#deadline,
      ...(chance.happens(0.1) ? { delay: Math.round(chance.between(1, 20)) / 10 } : {}),
      ...(after.length > 0 ? { after: [...after] } : {}),
    };
    const product = chance.happens(0.05) ? 3 * n : null;
    if (product !== null) {
      delete body.call;
      Object.assign(body, { handler: "multiply", args: { x: 3, y: n } });
    }
    const command = drawCommand(script, chance);
    const hasWebhook = chance.happens(0.3);
    if (hasWebhook) {
      const url = chance.pick(this.#remotes) + chance.pick(RESULT_PATHS);
      body.webhook = { url, ...RESULT_WEBHOOK };
    }
    const [taskid, key] = [this.taskid(n), identityKey(batchid, id)];
    return {
      key,
      taskid,
      body,
      script,
      maxRetries,
      intervals,
      after,
      hasWebhook,
      product,
      command,
    };
  }

  taskid(n: number): string {
    const { batchid, id } = this.#identity(n);
    return taskidOf(batchid, id);
  }

  /** Whether the one before it waits for it, though it comes later. */
  isAwaited(n: number): boolean {
    return n % 10 === 2;
  }

  /** Null for a batch that is not of these. */
  numberOf(batchid: string, id: number | string): number | null {
    const prefix = this.#batchid("");
    if (!batchid.startsWith(prefix)) return null;
    return Number(batchid.slice(prefix.length)) * PER_BATCH + Number(id);
  }

  #identity(n: number): { batchid: string; id: number } {
    return { batchid: this.#batchid(Math.floor(n / PER_BATCH)), id: n % PER_BATCH };
  }

  #batchid(place: number | string): string {
    return `runs-${this.#seed}-${place}`;
  }

  /**
   * The one before, so that chains come about, or several recent ones; some wait for the next one,
   * which may not have come yet and waits for nothing, so that there are no circles.
   */
  #predecessors(n: number, chance: Chance): string[] {
    if (this.isAwaited(n + 1)) return [this.taskid(n + 1)];
    if (this.isAwaited(n) || n < RECENT) return [];
    if (chance.happens(0.6)) return [this.taskid(n - 1)];
    const several = Array.from({ length: 2 + chance.below(4) }, () => n - 1 - chance.below(RECENT));
    return [...new Set(several)].map((other) => this.taskid(other));
  }
}

function drawScript(chance: Chance): Script {
  let left = chance.below(100);
  for (const [share, script] of SCRIPTS) {
    left -= share;
    if (left < 0) return script;
  }
  return ["ok"];
}

/** What fails is run again now and then; anything may be cancelled. */
function drawCommand(script: Script, chance: Chance): RunTask["command"] {
  const failsAtOnce = script[0] === "fail" || script[0] === "500";
  if (failsAtOnce && chance.happens(0.5)) {
    return { name: "retry", afterMs: chance.between(300, 3_000) };
  }
  return chance.happens(0.06) ? { name: "cancel", afterMs: chance.between(0, 600) } : null;
}
