import type { Task, TaskState } from "@taskpulse/contract";
import { parseExact } from "@taskpulse/contract";
import type { Redis } from "ioredis";
import type { Keys } from "./keys.ts";
import { decodeRecord, stateOf, taskJson } from "./record.ts";
import { runScript } from "./script.ts";
import { transitionScript } from "./transition-script.ts";

/** How one attempt has ended; times in ms. */
export type Verdict =
  | { kind: "succeeded"; resultJson: string }
  | { kind: "failed"; errorJson: string }
  /** Another attempt follows after `delayMs`. */
  | { kind: "retrying"; delayMs: number }
  /** A remote has it and may take `deadlineMs` to report. */
  | { kind: "accepted"; deadlineMs: number };

export interface AttemptPlace {
  taskid: string;
  round: number;
  attempt: number;
}

export type StartReply =
  | { kind: "started"; round: number; attempt: number; startedMs: number; task: Task }
  /** Another worker began this attempt and has lost its job since. */
  | { kind: "taken"; round: number; attempt: number; startedMs: number; task: Task }
  /** There is nothing to run: it has ended, is not due, or a remote has it. */
  | { kind: "stale" };

/** `notRun`: it is only recorded. `unchanged`: the state, which does not allow it. */
export type CommandReply = "changed" | "unknown" | "notRun" | { unchanged: TaskState };

export type ReportReply = "ended" | "unchanged" | "unknown" | "notRun";

interface Waiting {
  args: readonly string[];
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

/** How many operations one call carries: with their texts, about a millisecond of Redis' time. */
const MAX_OPS = 128;
const MAX_CALLS = 2;

/**
 * Changes of state. All that are asked for within one turn of the event loop go to Redis in one
 * script call, in order; each method rejects as ioredis does when Redis is away, and then it may
 * have happened or not.
 */
export class Transitions {
  readonly #redis: Redis;
  readonly #keys: Keys;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #calls = 0;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Whether it was waiting to be queued. `job` names the job that will run it. */
  async queue(taskid: string, digit: string, entryId: string, job: string): Promise<boolean> {
    return (await this.#add(["Q", taskid, digit, entryId, job])) === 1;
  }

  async start(taskid: string, worker: string, job: string): Promise<StartReply> {
    const reply = (await this.#add(["S", taskid, worker, job])) as
      | ["stale"]
      | ["started" | "taken", number, number, number, string];
    if (reply[0] === "stale") return { kind: "stale" };
    const [kind, round, attempt, startedMs, record] = reply;
    const stored = decodeRecord(record);
    if (stored === null) return { kind: "stale" };
    const task = parseExact(taskJson(stored)) as Task;
    return { kind, round, attempt, startedMs, task };
  }

  /** False when the attempt is no longer the current one: then nothing has changed. */
  async finish(place: AttemptPlace, attemptJson: string, verdict: Verdict): Promise<boolean> {
    const { taskid, round, attempt } = place;
    const [char, ms, result] = verdictArgs(verdict);
    const args = ["F", taskid, String(round), String(attempt), char, ms, attemptJson, result];
    return (await this.#add(args)) === 1;
  }

  /** `attempt` null: whichever is under way. */
  async report(
    taskid: string,
    attempt: { round: number; attempt: number } | null,
    verdict: "succeeded" | "failed",
    resultJson: string,
  ): Promise<ReportReply> {
    const place = attempt === null ? ["", ""] : [String(attempt.round), String(attempt.attempt)];
    const char = verdict === "succeeded" ? "s" : "f";
    return (await this.#add(["R", taskid, ...place, char, resultJson])) as ReportReply;
  }

  cancel(taskid: string): Promise<CommandReply> {
    return this.#command("X", taskid);
  }

  /** Runs a failed or cancelled task again, with the request as it is stored. */
  retry(taskid: string): Promise<CommandReply> {
    return this.#command("V", taskid);
  }

  async #command(letter: string, taskid: string): Promise<CommandReply> {
    const reply = (await this.#add([letter, taskid])) as string;
    if (reply === "changed" || reply === "unknown" || reply === "notRun") return reply;
    return { unchanged: stateOf(reply) };
  }

  #add(args: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ args, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    });
  }

  #flush(): void {
    while (this.#calls < MAX_CALLS && this.#waiting.length > 0) {
      this.#calls += 1;
      void this.#call(this.#waiting.splice(0, MAX_OPS));
    }
  }

  async #call(group: readonly Waiting[]): Promise<void> {
    try {
      const args = group.flatMap((waiting) => waiting.args);
      const replies = await runScript<unknown[]>(
        this.#redis,
        transitionScript,
        [this.#keys.shard],
        args,
      );
      for (const [i, { resolve }] of group.entries()) resolve(replies[i]);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    this.#calls -= 1;
    this.#flush();
  }
}

function verdictArgs(verdict: Verdict): [char: string, ms: string, result: string] {
  switch (verdict.kind) {
    case "succeeded":
      return ["s", "0", verdict.resultJson];
    case "failed":
      return ["f", "0", verdict.errorJson];
    case "retrying":
      return ["t", String(Math.round(verdict.delayMs)), ""];
    case "accepted":
      return ["a", String(Math.round(verdict.deadlineMs)), ""];
    default:
      return verdict satisfies never;
  }
}
