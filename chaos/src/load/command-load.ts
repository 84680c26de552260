import type { Chance } from "../chance.ts";
import type { Side } from "./ledger.ts";
import type { RunTask } from "./run-task.ts";
import { pause } from "./task-sender.ts";

const ANSWER_LIMIT_MS = 3_000;
const AGAIN_MS = 50;
/** How long one is insisted on: longer than anything is away. */
const LIMIT_MS = 60_000;

/** What was asked for one task, and what was answered. */
export interface CommandAccount {
  readonly command: "cancel" | "retry";
  /** How often it was sent; it may have been done as often, whatever was answered. */
  sent: number;
  /** How often the answer said that it was done. */
  done: number;
  /** An answer that nobody should give. */
  odd: string | null;
}

export interface CommandLoadOptions {
  /** Of the consumers. */
  readonly origins: Readonly<Record<Side, string>>;
  readonly chance: Chance;
}

/** Cancels tasks and runs them again, some time after they were acknowledged, and until somebody answers. */
export class CommandLoad implements AsyncDisposable {
  readonly accounts = new Map<string, CommandAccount>();
  readonly #options: CommandLoadOptions;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: CommandLoadOptions) {
    this.#options = options;
  }

  /** To be called when the task was acknowledged; repeats change nothing. */
  follow({ taskid, command }: Pick<RunTask, "taskid" | "command">): void {
    if (command === null || this.accounts.has(taskid)) return;
    const account = { command: command.name, sent: 0, done: 0, odd: null };
    this.accounts.set(taskid, account);
    const running = this.#run(taskid, account, command.afterMs).finally(() =>
      this.#underWay.delete(running),
    );
    this.#underWay.add(running);
  }

  /** Begins no more; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#underWay);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(taskid: string, account: CommandAccount, afterMs: number): Promise<void> {
    await pause(afterMs, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    const { origins, chance } = this.#options;
    const limit = AbortSignal.timeout(LIMIT_MS);
    for (let side = chance.pick<Side>(["A", "B"]); !limit.aborted; side = other(side)) {
      account.sent += 1;
      const url = `${origins[side]}/api/tasks/${taskid}/${account.command}`;
      if (await this.#ask(url, account)) return;
      await pause(AGAIN_MS, limit);
    }
    account.odd = `no answer for ${LIMIT_MS / 1_000} s`;
  }

  /** @returns whether it was answered for good */
  async #ask(url: string, account: CommandAccount): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const response = await fetch(url, { method: "POST", signal });
      const text = await response.text();
      if (response.ok) account.done += 1;
      // 409: it has ended already, or not yet.
      else if (response.status >= 500 || response.status === 429) return false;
      else if (response.status !== 409) account.odd = `${response.status} ${text}`;
      return true;
    } catch {
      return false;
    }
  }
}

function other(side: Side): Side {
  return side === "A" ? "B" : "A";
}
