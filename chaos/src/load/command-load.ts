import type { Chance } from "../chance.ts";
import { insist } from "./consumer-api.ts";
import type { Side } from "./ledger.ts";
import type { RunTask } from "./run-task.ts";
import { pause } from "./task-sender.ts";

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
    const path = `/api/tasks/${taskid}/${account.command}`;
    const answer = await insist(
      origins,
      { path },
      {
        first: chance.pick<Side>(["A", "B"]),
        limit: AbortSignal.timeout(LIMIT_MS),
        onTry: () => {
          account.sent += 1;
        },
      },
    );
    const { status, body } = answer ?? { status: 0, body: "none" };
    if (status === 200 || status === 202) account.done += 1;
    // 409: it has ended already, or not yet.
    else if (status !== 409) account.odd = `${status} ${JSON.stringify(body)}`;
  }
}
