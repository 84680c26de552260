import type { Redis } from "ioredis";
import { commitTasks } from "./commit-tasks.ts";
import type { Keys } from "./keys.ts";
import type { EncodedTask } from "./record.ts";

/**
 * Group commit: everything that arrives within one turn of the event loop is stored by one script
 * call, and so by one write and one sync of Redis' append-only file. While two calls are under way
 * the next group gathers; that is what makes groups grow with the load.
 */
const MAX_GROUP_TASKS = 512;
const MAX_GROUP_CHARS = 262_144;
const MAX_CALLS = 2;
const SWEEP_MS = 50;

export interface GroupCommitLimits {
  /** How long a request waits for Redis before it is told that the store is away, in ms. */
  deadlineMs: number;
  /** How many tasks may wait; above it requests are turned away at once. */
  maxWaitingTasks: number;
  /** How many characters of tasks may wait. */
  maxWaitingChars: number;
}

const DEFAULT_LIMITS: GroupCommitLimits = {
  deadlineMs: 1_700,
  maxWaitingTasks: 20_000,
  maxWaitingChars: 33_554_432,
};

export type CommitOutcome =
  /** Durable. One digit per task: 0 stored, 1 duplicate, 2 duplicate with other fields. */
  | { kind: "durable"; digits: string }
  /** Redis is away, frozen or refuses; some of the tasks may be stored all the same. */
  | { kind: "unavailable"; reason: string }
  /** Redis has reached its memory limit; nothing was stored by the call that failed. */
  | { kind: "full" }
  /** Too much is waiting already; nothing was stored. */
  | { kind: "overloaded" }
  /** The process is shutting down; some of the tasks may be stored all the same. */
  | { kind: "stopping" };

interface Request {
  tasks: readonly EncodedTask[];
  /** The first task that no call has taken yet. */
  next: number;
  /** Digits by part, in the order of the tasks. */
  parts: string[];
  openParts: number;
  doneParts: number;
  since: number;
  settle: ((outcome: CommitOutcome) => void) | null;
}

interface Part {
  request: Request;
  slot: number;
  length: number;
}

export class GroupCommit implements Disposable {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #limits: GroupCommitLimits;
  /** Requests with tasks that no call has taken yet, oldest first. */
  #waiting: Request[] = [];
  #waitingTasks = 0;
  #waitingChars = 0;
  /** Unanswered requests in order of arrival. */
  readonly #open = new Set<Request>();
  #calls = 0;
  #scheduled = false;
  #sweep: NodeJS.Timeout | null = null;

  constructor(redis: Redis, keys: Keys, limits: Partial<GroupCommitLimits> = {}) {
    this.#redis = redis;
    this.#keys = keys;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** How many tasks wait for a call: for the metrics. */
  get waitingTasks(): number {
    return this.#waitingTasks;
  }

  /** Never rejects. */
  add(tasks: readonly EncodedTask[]): Promise<CommitOutcome> {
    const chars = charsOf(tasks);
    if (
      this.#waitingTasks + tasks.length > this.#limits.maxWaitingTasks ||
      this.#waitingChars + chars > this.#limits.maxWaitingChars
    ) {
      return Promise.resolve({ kind: "overloaded" });
    }
    return new Promise((settle) => {
      const request: Request = {
        tasks,
        next: 0,
        parts: [],
        openParts: 0,
        doneParts: 0,
        since: performance.now(),
        settle,
      };
      this.#waiting.push(request);
      this.#waitingTasks += tasks.length;
      this.#waitingChars += chars;
      this.#open.add(request);
      this.#sweep ??= setInterval(() => this.#expire(), SWEEP_MS);
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    });
  }

  [Symbol.dispose](): void {
    for (const request of this.#open) {
      this.#answer(request, { kind: "stopping" });
    }
    this.#dropAnswered();
    if (this.#sweep !== null) clearInterval(this.#sweep);
  }

  #flush(): void {
    while (this.#calls < MAX_CALLS && this.#waitingTasks > 0) {
      const group: EncodedTask[] = [];
      const parts = this.#takeGroup(group);
      if (group.length === 0) return;
      this.#calls += 1;
      void this.#commit(group, parts);
    }
  }

  #takeGroup(group: EncodedTask[]): Part[] {
    const parts: Part[] = [];
    let chars = 0;
    let done = 0;
    for (const request of this.#waiting) {
      const first = request.next;
      while (request.next < request.tasks.length && group.length < MAX_GROUP_TASKS) {
        const task = request.tasks[request.next];
        if (task === undefined) break;
        const size = task.entry.length + task.tail.length;
        if (group.length > 0 && chars + size > MAX_GROUP_CHARS) break;
        chars += size;
        group.push(task);
        request.next += 1;
      }
      if (request.next > first) {
        parts.push({ request, slot: request.openParts, length: request.next - first });
        request.openParts += 1;
      }
      if (request.next < request.tasks.length) break;
      done += 1;
    }
    this.#waiting = this.#waiting.slice(done);
    this.#waitingTasks -= group.length;
    this.#waitingChars -= chars;
    return parts;
  }

  async #commit(group: readonly EncodedTask[], parts: readonly Part[]): Promise<void> {
    const outcome = await this.#call(group);
    this.#calls -= 1;
    let at = 0;
    for (const { request, slot, length } of parts) {
      if (outcome.kind === "durable") {
        this.#partDone(request, slot, outcome.digits.slice(at, at + length));
      } else {
        this.#answer(request, outcome);
      }
      at += length;
    }
    if (outcome.kind !== "durable") this.#dropAnswered();
    this.#flush();
  }

  async #call(group: readonly EncodedTask[]): Promise<CommitOutcome> {
    try {
      return { kind: "durable", digits: await commitTasks(this.#redis, this.#keys, group) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return reason.includes("OOM ") ? { kind: "full" } : { kind: "unavailable", reason };
    }
  }

  #partDone(request: Request, slot: number, digits: string): void {
    request.parts[slot] = digits;
    request.doneParts += 1;
    if (request.next < request.tasks.length || request.doneParts < request.openParts) return;
    this.#answer(request, { kind: "durable", digits: request.parts.join("") });
  }

  #answer(request: Request, outcome: CommitOutcome): void {
    request.settle?.(outcome);
    request.settle = null;
    this.#open.delete(request);
    if (this.#open.size === 0 && this.#sweep !== null) {
      clearInterval(this.#sweep);
      this.#sweep = null;
    }
  }

  /** Tells the oldest requests that Redis takes too long. What is under way may still be stored. */
  #expire(): void {
    const limit = performance.now() - this.#limits.deadlineMs;
    let expired = false;
    for (const request of this.#open) {
      if (request.since > limit) break;
      this.#answer(request, { kind: "unavailable", reason: "Redis has not answered in time" });
      expired = true;
    }
    if (expired) this.#dropAnswered();
  }

  /** Takes what was answered out of the queue, so that it is not stored for nobody. */
  #dropAnswered(): void {
    this.#waiting = this.#waiting.filter((request) => request.settle !== null);
    this.#waitingTasks = 0;
    this.#waitingChars = 0;
    for (const { tasks, next } of this.#waiting) {
      this.#waitingTasks += tasks.length - next;
      this.#waitingChars += charsOf(tasks.slice(next));
    }
  }
}

function charsOf(tasks: readonly EncodedTask[]): number {
  let chars = 0;
  for (const task of tasks) chars += task.entry.length + task.tail.length;
  return chars;
}
