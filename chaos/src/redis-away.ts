import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeServerPort, pingRedis, startRedis, until } from "@taskpulse/test-kit";
import { signWebhook } from "@taskpulse/webhook";
import { Redis } from "ioredis";
import { Pool } from "undici";
import { firstSecret } from "./fault-run.ts";
import { identityKey, Ledger } from "./load/ledger.ts";
import type { Progress } from "./progress.ts";
import { startSideApp } from "./site/side-app.ts";
import { readStored } from "./verdict/stored.ts";

const AWAY_MS = 60_000;
const BEFORE_MS = 5_000;
const SAMPLE_MS = 200;
const SINGLES = 64;
const ARRAYS = 16;
const TASKS_PER_ARRAY = 100;
const RECOVERY_LIMIT_MS = 30_000;

/** How Redis is away: its process has ended, or stands still and answers nothing. */
export type Away = "gone" | "frozen";

export interface AwayFigures {
  readonly away: Away;
  readonly seconds: number;
  /** Tries that the consumer answered, or did not, while Redis was away. */
  readonly tries: number;
  /** The largest resident set of the consumer, in MiB. */
  readonly peakRssMib: number;
  readonly firstAckAfterPongMs: number;
  readonly acknowledged: number;
  readonly lost: number;
}

/**
 * One consumer under as much load as its connections carry, while Redis is away for a minute: what
 * can't be stored must not pile up in memory.
 */
export async function redisAway(
  away: Away,
  { scratch, secret, progress }: { scratch: string; secret: string; progress: Progress },
): Promise<AwayFigures> {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const port = await freeServerPort();
  const env = {
    ...process.env,
    ...{ REDIS_URL: redis.url, CONSUMER_PORT: String(port), PRODUCER_PORT: String(port + 1) },
    ...{ WEBHOOK_SECRET: secret, LOG_LEVEL: "error" },
  };
  const logFile = join(scratch, `redis-${away}.log`);
  const consumer = stack.use(await startSideApp({ app: "consumer", env, logFile }));
  const flood = stack.use(new Flood(`http://127.0.0.1:${port}`, secret));
  const { ledger } = flood;
  flood.start();
  await sleep(BEFORE_MS);

  progress.say(`Redis is ${away} for ${AWAY_MS / 1_000} s under full load`);
  await redis.kill(away === "gone" ? "SIGKILL" : "SIGSTOP");
  const triesBefore = flood.tries;
  let peakRssMib = 0;
  for (const endsAt = performance.now() + AWAY_MS; performance.now() < endsAt; ) {
    peakRssMib = Math.max(peakRssMib, rssMib(consumer.pid));
    await sleep(SAMPLE_MS);
  }
  const tries = flood.tries - triesBefore;
  const back = until(() => pingRedis(redis.port), { timeoutMs: RECOVERY_LIMIT_MS, everyMs: 5 });
  await (away === "gone" ? redis.restart() : redis.kill("SIGCONT"));
  await back;
  const pongAt = ledger.acks.now();
  const ackAt = await ledger.acks.next(RECOVERY_LIMIT_MS);
  if (ackAt === null) throw new Error("the consumer did not take up again after Redis was back");
  peakRssMib = Math.max(peakRssMib, rssMib(consumer.pid));
  await flood.stop();

  const client = new Redis(redis.url);
  stack.defer(() => client.disconnect());
  const { records } = await readStored(client);
  const acknowledged = [...ledger.accounts].filter(([, { firstAckAt }]) => firstAckAt !== null);
  const lost = acknowledged.filter(([key]) => !records.has(key)).length;
  return {
    ...{ away, seconds: AWAY_MS / 1_000, tries, peakRssMib: Math.round(peakRssMib) },
    ...{ firstAckAfterPongMs: ackAt - pongAt, acknowledged: acknowledged.length, lost },
  };
}

/** Closed loop: every connection sends one request until it is acknowledged, then the next. */
class Flood implements AsyncDisposable {
  readonly ledger = new Ledger();
  tries = 0;
  readonly #pool: Pool;
  readonly #secret: string;
  readonly #batchid = randomUUID();
  #stopping = false;
  #next = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(origin: string, secret: string) {
    this.#pool = new Pool(origin, { connections: SINGLES + ARRAYS, pipelining: 1 });
    this.#secret = secret;
  }

  start(): void {
    const counts = [
      ...Array.from({ length: SINGLES }, () => 1),
      ...Array.from({ length: ARRAYS }, () => TASKS_PER_ARRAY),
    ];
    this.#work = Promise.all(counts.map((count) => this.#run(count)));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#pool.destroy();
  }

  async #run(count: number): Promise<void> {
    while (!this.#stopping) {
      const tasks = Array.from({ length: count }, () => this.#task());
      const body = JSON.stringify(count === 1 ? tasks[0] : tasks);
      const keys = tasks.map(({ batchid, id }) => identityKey(batchid, id));
      while (!this.#stopping && !(await this.#try(body, keys))) this.tries += 1;
    }
  }

  #task() {
    const id = this.#next++;
    const description = `Task ${id}, as long as such texts are. `.repeat(4);
    return { batchid: this.#batchid, id, owner: "Jennifer Miles", priority: "Major", description };
  }

  async #try(body: string, keys: readonly string[]): Promise<boolean> {
    const sending = this.ledger.sending("direct", this.#batchid, keys);
    const id = `flood-${this.#next}`;
    const secret = firstSecret(this.#secret);
    try {
      const answer = await this.#pool.request({
        path: "/consumetasks",
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...signWebhook({ id, nowMs: Date.now(), body, secret }),
        },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) return false;
      const { retval } = JSON.parse(text) as { retval: { accepted: number } };
      this.ledger.acknowledged(sending, retval.accepted, "A");
      return true;
    } catch {
      return false;
    }
  }
}

function rssMib(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}
