import { setTimeout as sleep } from "node:timers/promises";
import { signWebhook, type WebhookSecret } from "@taskpulse/webhook";
import { Pool } from "undici";
import { identityOf, type Ledger, type Sender, type Side } from "./ledger.ts";

/** A little more than the 2 s within which a consumer promises to answer. */
const ANSWER_LIMIT_MS = 3_000;
/** After a try that was not acknowledged, so that the first answer after an outage is seen at once. */
const RETRY_PAUSE_MS = 20;

export interface SentTask {
  /** See `identityKey`. */
  readonly key: string;
  readonly body: { readonly batchid: string };
}

/** How tasks come in. */
export type Way = "/consumetasks" | "/api/tasks";

export interface TaskSenderOptions {
  readonly origins: Readonly<Record<Side, string>>;
  readonly ledger: Ledger;
  readonly secret: WebhookSecret;
  readonly seed: number;
}

/** Sends tasks from outside of the product: each try is signed afresh and entered into the ledger. */
export class TaskSender implements AsyncDisposable {
  readonly #options: TaskSenderOptions;
  readonly #pools: Readonly<Record<Side, Pool>>;
  readonly #answers = new Map<string, number>();
  #messages = 0;

  constructor(options: TaskSenderOptions) {
    this.#options = options;
    // A request that is never answered must not keep the next one waiting.
    const pool = (origin: string) =>
      new Pool(origin, { connections: 256, pipelining: 1, connect: { timeout: 1_000 } });
    this.#pools = { A: pool(options.origins.A), B: pool(options.origins.B) };
  }

  /** How often each status came; `none` where nothing answered. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  /** One try. @returns whether it was acknowledged */
  async send(
    sender: Sender,
    tasks: readonly SentTask[],
    side: Side,
    way: Way = "/consumetasks",
  ): Promise<boolean> {
    const { ledger, seed, secret } = this.#options;
    const bodies = tasks.map((task) => task.body);
    const body = JSON.stringify(bodies.length === 1 ? bodies[0] : bodies);
    const id = `chaos-${seed}-${this.#messages++}`;
    const keys = tasks.map((task) => task.key);
    const sending = ledger.sending(sender, bodies[0]?.batchid ?? "", keys);
    try {
      const answer = await this.#pools[side].request({
        path: way,
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
      if (answer.statusCode !== 200 && answer.statusCode !== 202) return false;
      // The API does not say how many were new.
      const { retval } = JSON.parse(text) as { retval?: { accepted: number } };
      ledger.acknowledged(sending, retval?.accepted ?? 0, side);
      return true;
    } catch {
      this.#count("none");
      return false;
    }
  }

  /** As senders do, until somebody acknowledges it, to both consumers in turn; until `signal` at most. */
  async insist(
    sender: Sender,
    tasks: readonly SentTask[],
    first: Side,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let side = first; !signal.aborted; side = side === "A" ? "B" : "A") {
      if (await this.send(sender, tasks, side)) return true;
      await pause(RETRY_PAUSE_MS, signal);
    }
    return false;
  }

  /** Sends again, one by one, what was sent and never acknowledged, until it is or the time is over. */
  async sendUnacknowledged(
    sender: Sender,
    taskOf: (batchid: string, id: number | string) => SentTask | null,
    timeoutMs: number,
  ): Promise<void> {
    // What is missing then is seen in the ledger.
    const signal = AbortSignal.timeout(timeoutMs);
    for (const key of [...this.#options.ledger.unacknowledged(sender)]) {
      const task = taskOf(...identityOf(key));
      if (task !== null) await this.insist(sender, [task], "A", signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pools.A.destroy(), this.#pools.B.destroy()]);
  }

  #count(answer: string): void {
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
  }
}

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    // Only the end of the load cuts a pause short.
  });
}
