import type { Chance } from "../chance.ts";
import { chaosKey, chaosNumber, chaosTask } from "./chaos-task.ts";
import type { Ledger } from "./ledger.ts";
import { type RequestPlan, RequestPlanner } from "./request-plan.ts";
import { pause, type SentTask, type TaskSender } from "./task-sender.ts";

export interface DirectLoadOptions {
  readonly sender: TaskSender;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly chance: Chance;
  readonly workers: number;
  /** Between two requests of one worker. */
  readonly pauseMs: number;
}

/** Tasks that are only recorded, with repeats, overlapping arrays and conflicts. */
export class DirectLoad implements AsyncDisposable {
  readonly #options: DirectLoadOptions;
  readonly #planner: RequestPlanner;
  readonly #stopping = new AbortController();
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: DirectLoadOptions) {
    this.#options = options;
    this.#planner = new RequestPlanner(options.chance);
  }

  start(): void {
    this.#work = Promise.all(Array.from({ length: this.#options.workers }, () => this.#run()));
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  /** What was sent and never acknowledged, until it is or the time is over. */
  async sendUnacknowledged(timeoutMs: number): Promise<void> {
    const { sender, seed } = this.#options;
    const taskOf = (batchid: string, id: number | string) => {
      const n = chaosNumber(seed, batchid, id);
      return n === null ? null : this.#task(n, false);
    };
    await sender.sendUnacknowledged("direct", taskOf, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { sender, pauseMs } = this.#options;
    while (!signal.aborted) {
      const { numbers, to, altered } = this.#draw();
      const tasks = numbers.map((n) => this.#task(n, altered));
      const outcomes = await Promise.all(to.map((side) => sender.send("direct", tasks, side)));
      if (!outcomes.includes(true)) await sender.insist("direct", tasks, to[0], signal);
      await pause(pauseMs, signal);
    }
  }

  #draw(): RequestPlan {
    const { ledger, seed } = this.#options;
    return this.#planner.draw((n) => ledger.accounts.get(chaosKey(seed, n))?.firstAckAt != null);
  }

  #task(n: number, altered: boolean): SentTask {
    const task = chaosTask(this.#options.seed, n);
    const body = altered ? { ...task, owner: "Somebody else" } : task;
    return { key: chaosKey(this.#options.seed, n), body };
  }
}
