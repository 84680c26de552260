import type { ScheduleView } from "@taskpulse/contract";
import type { Chance } from "../chance.ts";
import { scriptPath } from "../remotes/deed.ts";
import { insist } from "./consumer-api.ts";
import type { Side } from "./ledger.ts";
import { pause } from "./task-sender.ts";

const SECOND_MS = 1_000;
/** From the request to the first run; then one each second. */
const LEAD_MS = 1_000;
const MOST_RUNS = 4;
const BETWEEN_MS = [1_500, 4_000] as const;
const ANSWER_LIMIT_MS = 10_000;
const START_LIMIT_MS = 20_000;
const DAY_MS = 86_400_000;

/** A schedule that was acknowledged, and ends by itself. */
export interface AskedSchedule {
  readonly scheduleid: string;
  /** Its tasks are of this batch, and of no other schedule. */
  readonly batchid: string;
  readonly missed: "skip" | "catch_up";
  /** For when its runs are planned, in ms since the epoch: nothing else, and all of it. */
  readonly planned: readonly number[];
}

export const SCHEDULED_RETRIES = 3;
/** In seconds. */
export const SCHEDULED_INTERVALS = [0.2];

export interface ScheduleLoadOptions {
  /** Of the consumers. */
  readonly origins: Readonly<Record<Side, string>>;
  /** Of the endpoints that the tasks call. */
  readonly remotes: readonly [string, ...string[]];
  readonly seed: number;
  readonly chance: Chance;
}

/**
 * Asks for one short schedule after the other, each with its beginning and its end, so that its runs
 * are known beforehand whoever's clock is wrong; and for two that are not due for long, to be found again.
 */
export class ScheduleLoad implements AsyncDisposable {
  readonly asked: AskedSchedule[] = [];
  readonly #options: ScheduleLoadOptions;
  readonly #stopping = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #given = 0;

  constructor(options: ScheduleLoadOptions) {
    this.#options = options;
  }

  /** Resolves when those that are not due for long are there. */
  async start(): Promise<void> {
    const at = new Date(Date.now() + DAY_MS).toISOString();
    await this.#lasting("at", { at });
    const { scheduleid } = await this.#lasting("paused", { cron: "0 0 1 1 *" });
    const paused = await this.#ask({ path: `/api/schedules/${scheduleid}/pause` }, START_LIMIT_MS);
    if (paused?.status !== 200) throw new Error(`a pause was answered ${paused?.status}`);
    this.#work = this.#run();
  }

  /** Resolves when nothing is under way any more; schedules that are not over go on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Whether tasks of the batch may come from here, acknowledged or not. */
  made(batchid: string): boolean {
    return batchid.startsWith(this.#batchid(""));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const asked = await this.#short();
      if (asked !== null) this.asked.push(asked);
      await pause(this.#options.chance.between(...BETWEEN_MS), signal);
    }
  }

  /** Null when it came too late: nobody answered, or whoever did saw that it was over. */
  async #short(): Promise<AskedSchedule | null> {
    const { chance } = this.#options;
    const batchid = this.#batchid(this.#given++);
    const missed = chance.pick(["skip", "catch_up"] as const);
    // Whole seconds, which cron can say, too.
    const startMs = Math.ceil((Date.now() + LEAD_MS) / SECOND_MS) * SECOND_MS;
    const runs = 1 + chance.below(MOST_RUNS);
    const endMs = startMs + runs * SECOND_MS;
    const body = {
      ...(chance.happens(0.5) ? { every: 1 } : { cron: "* * * * * *" }),
      starts_at: new Date(startMs).toISOString(),
      ends_at: new Date(endMs).toISOString(),
      ...{ missed, task: this.#task(batchid) },
    };
    const answer = await this.#ask(
      { path: "/api/schedules", body, key: batchid },
      ANSWER_LIMIT_MS,
      // By a clock that is wrong, it is over before it begins.
      [400],
    );
    if (answer?.status !== 201) return null;
    const { scheduleid, created_at } = answer.body as ScheduleView;
    const createdMs = Date.parse(created_at);
    const planned = Array.from({ length: runs }, (_, i) => startMs + i * SECOND_MS);
    return { scheduleid, batchid, missed, planned: planned.filter((ms) => ms > createdMs) };
  }

  async #lasting(name: string, timing: object): Promise<ScheduleView> {
    const body = { name, ...timing, task: this.#task(this.#batchid(name)) };
    const answer = await this.#ask({ path: "/api/schedules", body, key: name }, START_LIMIT_MS);
    if (answer?.status !== 201) throw new Error(`a schedule was answered ${answer?.status}`);
    return answer.body as ScheduleView;
  }

  #task(batchid: string) {
    const { remotes, chance } = this.#options;
    return {
      ...{ batchid, owner: "Scheduler", priority: "Major" },
      call: { url: chance.pick(remotes) + scriptPath(["ok"]), timeout: 1.5 },
      ...{ max_retries: SCHEDULED_RETRIES, retry_intervals: SCHEDULED_INTERVALS },
    };
  }

  #ask(
    request: { path: string; body?: object; key?: string },
    limitMs: number,
    passing: readonly number[] = [],
  ) {
    const { origins, chance } = this.#options;
    const first = chance.pick<Side>(["A", "B"]);
    return insist(origins, request, { first, passing, limit: AbortSignal.timeout(limitMs) });
  }

  #batchid(name: number | string): string {
    return `scheduled-${this.#options.seed}-${name}`;
  }
}
