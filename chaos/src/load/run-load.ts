import type { Chance } from "../chance.ts";
import type { CommandLoad } from "./command-load.ts";
import type { Side } from "./ledger.ts";
import type { RunTasks } from "./run-task.ts";
import { pause, type TaskSender, type Way } from "./task-sender.ts";

/** How far back a repeat reaches. */
const RECENT = 100;
const MOST_AT_ONCE = 6;

export interface RunLoadOptions {
  readonly sender: TaskSender;
  readonly tasks: RunTasks;
  readonly commands: CommandLoad;
  readonly chance: Chance;
  readonly senders: number;
  /** Between two requests of one sender. */
  readonly pauseMs: number;
}

/** Sends tasks that are run: new ones, some in arrays, and repeats, which must not be run again. */
export class RunLoad implements AsyncDisposable {
  readonly #options: RunLoadOptions;
  readonly #stopping = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #given = 0;

  constructor(options: RunLoadOptions) {
    this.#options = options;
  }

  get tasks(): RunTasks {
    return this.#options.tasks;
  }

  get commands(): CommandLoad {
    return this.#options.commands;
  }

  start(): void {
    this.#work = Promise.all(Array.from({ length: this.#options.senders }, () => this.#run()));
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
    await this.#options.commands.stop();
  }

  /** What was sent and never acknowledged, and what others wait for, until it is or the time is over. */
  async sendUnacknowledged(timeoutMs: number): Promise<void> {
    const { sender, tasks } = this.#options;
    do {
      const last = tasks.at(this.#given++);
      await sender.insist("runs", [last], "A", AbortSignal.timeout(timeoutMs));
    } while (tasks.isAwaited(this.#given));
    const taskOf = (batchid: string, id: number | string) => {
      const n = tasks.numberOf(batchid, id);
      return n === null ? null : tasks.at(n);
    };
    await sender.sendUnacknowledged("runs", taskOf, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { sender, tasks, commands, chance, pauseMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const sent = this.#draw().map((n) => tasks.at(n));
      const to: readonly [Side, ...Side[]] = chance.happens(0.1)
        ? ["A", "B"]
        : [chance.pick<Side>(["A", "B"])];
      const tries = to.map((side) => sender.send("runs", sent, side, drawWay(chance)));
      const isTaken =
        (await Promise.all(tries)).includes(true) ||
        (await sender.insist("runs", sent, to[0], signal));
      if (isTaken) for (const task of sent) commands.follow(task);
      await pause(pauseMs, signal);
    }
  }

  /** In any order: one may wait for another of the same array. */
  #draw(): number[] {
    const { chance } = this.#options;
    const count = chance.happens(0.5) ? 1 : 1 + chance.below(MOST_AT_ONCE);
    const fresh = Array.from({ length: count }, () => this.#given++);
    const first = fresh[0] ?? 0;
    const repeats = first > RECENT && chance.happens(0.3) ? [first - 1 - chance.below(RECENT)] : [];
    return chance.shuffled([...fresh, ...repeats]);
  }
}

function drawWay(chance: Chance): Way {
  return chance.happens(0.2) ? "/api/tasks" : "/consumetasks";
}
