import { setTimeout as sleep } from "node:timers/promises";
import { signWebhook, type WebhookSecret } from "@taskpulse/webhook";
import { Pool } from "undici";
import type { Chance } from "../chance.ts";
import { chaosKey, chaosNumber, chaosTask } from "./chaos-task.ts";
import { identityOf, type Ledger, type Side } from "./ledger.ts";
import { type RequestPlan, RequestPlanner } from "./request-plan.ts";

/** A little more than the 2 s within which a consumer promises to answer. */
const ANSWER_LIMIT_MS = 3_000;
/** After a try that was not acknowledged, so that the first answer after an outage is seen at once. */
const RETRY_PAUSE_MS = 20;

export interface DirectLoadOptions {
  readonly origins: Readonly<Record<Side, string>>;
  readonly ledger: Ledger;
  readonly secret: WebhookSecret;
  readonly seed: number;
  readonly chance: Chance;
  readonly workers: number;
  /** Between two requests of one worker. */
  readonly pauseMs: number;
}

/** Senders outside the product: each of their tries is signed afresh and entered into the ledger. */
export class DirectLoad implements AsyncDisposable {
  readonly #options: DirectLoadOptions;
  readonly #planner: RequestPlanner;
  readonly #pools: Readonly<Record<Side, Pool>>;
  readonly #stopping = new AbortController();
  readonly #answers = new Map<string, number>();
  #work: Promise<unknown> = Promise.resolve();
  #messages = 0;

  constructor(options: DirectLoadOptions) {
    this.#options = options;
    this.#planner = new RequestPlanner(options.chance);
    // A request that is never answered must not keep the next one waiting.
    const pool = (origin: string) =>
      new Pool(origin, { connections: 256, pipelining: 1, connect: { timeout: 1_000 } });
    this.#pools = { A: pool(options.origins.A), B: pool(options.origins.B) };
  }

  /** How often each status came; `none` where nothing answered. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  start(): void {
    this.#work = Promise.all(Array.from({ length: this.#options.workers }, () => this.#run()));
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  /** Sends again, one by one, what was sent and never acknowledged, until it is or the time is over. */
  async sendUnacknowledged(timeoutMs: number): Promise<void> {
    const { ledger, seed } = this.#options;
    const deadline = performance.now() + timeoutMs;
    for (const key of [...ledger.unacknowledged("direct")]) {
      const n = chaosNumber(seed, ...identityOf(key));
      while (n !== null && !(await this.#send([n], "A", false))) {
        // What is missing is seen in the ledger.
        if (performance.now() > deadline) return;
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#pools.A.destroy(), this.#pools.B.destroy()]);
    await this.#work;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const { numbers, to, altered } = this.#draw();
      const outcomes = await Promise.all(to.map((side) => this.#send(numbers, side, altered)));
      if (!outcomes.includes(true)) await this.#sendAgain(numbers, to[0], altered);
      await this.#pause(this.#options.pauseMs);
    }
  }

  /** As senders do, until somebody acknowledges it; to both consumers in turn. */
  async #sendAgain(numbers: RequestPlan["numbers"], first: Side, altered: boolean): Promise<void> {
    let side = first;
    do {
      await this.#pause(RETRY_PAUSE_MS);
      side = side === "A" ? "B" : "A";
    } while (!this.#stopping.signal.aborted && !(await this.#send(numbers, side, altered)));
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {
      // Only the end of the load cuts a pause short.
    });
  }

  #draw(): RequestPlan {
    const { ledger, seed } = this.#options;
    return this.#planner.draw((n) => ledger.accounts.get(chaosKey(seed, n))?.firstAckAt != null);
  }

  async #send(numbers: RequestPlan["numbers"], side: Side, altered: boolean): Promise<boolean> {
    const { ledger, seed, secret } = this.#options;
    const tasks = numbers.map((n) => chaosTask(seed, n));
    const keys = numbers.map((n) => chaosKey(seed, n));
    const bodies = altered ? tasks.map((task) => ({ ...task, owner: "Somebody else" })) : tasks;
    const body = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
    const id = `chaos-${seed}-${this.#messages++}`;
    const sending = ledger.sending("direct", tasks[0]?.batchid ?? "", keys);
    try {
      const answer = await this.#pools[side].request({
        path: "/consumetasks",
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...signWebhook({ id, nowMs: Date.now(), body, secret }),
        },
        body,
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      const text = await answer.body.text();
      this.#count(String(answer.statusCode));
      if (answer.statusCode !== 200) return false;
      const { retval } = JSON.parse(text) as { retval: { accepted: number } };
      ledger.acknowledged(sending, retval.accepted, side);
      return true;
    } catch {
      this.#count("none");
      return false;
    }
  }

  #count(answer: string): void {
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
  }
}
