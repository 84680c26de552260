import { basename } from "node:path";
import { say, step } from "../early/screen.mjs";
import { appReady, startApp } from "./app-part.ts";
import { watchServerCode } from "./dev-watch.ts";
import type { EmbeddedRedis } from "./embedded-redis.ts";
import type { InstanceFile } from "./instance-file.ts";
import { type Failure, Part } from "./part.ts";
import { RestartPolicy } from "./restart-policy.ts";
import { aborted, type StopRequests } from "./stop-requests.ts";

const READY_LIMIT_MS = 60_000;
/** A large append-only file takes minutes to read. */
const REDIS_READY_LIMIT_MS = 600_000;
const APP_STOP_MS = 10_000;
const REDIS_STOP_MS = 8_000;

interface App {
  readonly folder: string;
  readonly url: string;
}

export type Apps = Readonly<Record<"producer" | "consumer" | "worker", App>>;

export interface InstanceOptions {
  readonly root: string;
  readonly dev: boolean;
  readonly apps: Apps;
  /** Ours, or the address of another with and without its password. */
  readonly redis: EmbeddedRedis | { readonly url: string; readonly shownUrl: string };
  readonly file: InstanceFile;
  readonly stop: StopRequests;
}

/**
 * The running parts. They start as Redis, if it is ours, then the apps, and stop the other way round:
 * first those that call others, producer and worker at once, then the consumer, which both may call
 * while they end what they have begun, then Redis. Stages add up to less than 30 s.
 */
export class Instance implements AsyncDisposable {
  readonly #options: InstanceOptions;
  /** What stops together, the last first. */
  readonly #stages: Array<readonly Part[]> = [];
  readonly #policy = new RestartPolicy();
  readonly #startedAt = new Date().toISOString();

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  /** Starts everything; resolves when all of it serves, it is asked to stop, or a part is given up. */
  async start(): Promise<Failure | undefined> {
    const { redis, apps } = this.#options;
    if ("start" in redis) {
      const failure = await this.#bringUp([[this.#redisPart(redis)]]);
      if (failure !== undefined || this.#options.stop.signal.aborted) return failure;
    }
    const part = ({ folder }: App) => this.#appPart(folder, redis.url);
    return this.#bringUp([[part(apps.consumer)], [part(apps.producer), part(apps.worker)]]);
  }

  /** Resolves with what ends it before it was asked to stop. */
  async ended(): Promise<Failure | undefined> {
    using _watch = this.#options.dev ? this.#watch() : undefined;
    // Awaited here, or the watch would end with this line.
    return await Promise.race([
      ...this.#parts.map((part) => part.failed),
      aborted(this.#options.stop.signal).then(() => undefined),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { atOnce } = this.#options.stop;
    const kill = () => {
      for (const part of this.#parts) part.kill();
    };
    if (atOnce.aborted) kill();
    atOnce.addEventListener("abort", kill, { once: true });
    // An app that stops may need Redis to answer.
    for (const part of this.#parts) part.wake();
    for (const stage of this.#stages.toReversed()) {
      const stopping = stage.map((part) => ({ name: part.name, stopped: part.stop() }));
      for (const { name, stopped } of stopping) await step(`${name} stopped`, () => stopped);
    }
    this.#options.file.remove();
    if ("forgetPort" in this.#options.redis) this.#options.redis.forgetPort();
  }

  get #parts(): Part[] {
    return this.#stages.flat();
  }

  async #bringUp(stages: ReadonlyArray<readonly Part[]>): Promise<Failure | undefined> {
    this.#stages.push(...stages);
    const parts = stages.flat();
    const over = [
      ...parts.map((part) => part.failed),
      aborted(this.#options.stop.signal).then(() => undefined),
    ];
    for (const part of parts) part.start();
    for (const part of parts) {
      const failure = await step(
        part.name,
        () => Promise.race([part.ready.then(() => undefined), ...over]),
        (failed) => ({ ok: failed === undefined && !this.#options.stop.signal.aborted }),
      );
      if (failure !== undefined || this.#options.stop.signal.aborted) return failure;
    }
    return undefined;
  }

  #redisPart(redis: EmbeddedRedis): Part {
    return new Part({
      name: "Redis",
      start: () => redis.start(),
      whenReady: (_process, signal) => redis.whenReady(signal),
      readyLimitMs: REDIS_READY_LIMIT_MS,
      stopLimitMs: REDIS_STOP_MS,
      policy: this.#policy,
      onReady: () => this.#writeFile(),
      explain: () => redis.complaint(),
    });
  }

  #appPart(folder: string, redisUrl: string): Part {
    return new Part({
      name: basename(folder),
      start: () => startApp({ folder, redisUrl, dev: this.#options.dev }),
      whenReady: appReady,
      readyLimitMs: READY_LIMIT_MS,
      stopLimitMs: APP_STOP_MS,
      policy: this.#policy,
      onReady: () => this.#writeFile(),
    });
  }

  #watch(): Disposable {
    const { root, apps } = this.#options;
    const appFolders = Object.values(apps).map(({ folder }) => folder);
    return watchServerCode(root, appFolders, (folders) => {
      for (const folder of folders) {
        const name = basename(folder);
        say(`· ${name} has changed: starting it again`);
        this.#parts.find((part) => part.name === name)?.restart();
      }
    });
  }

  #writeFile(): void {
    const { apps, redis, file } = this.#options;
    const pids = this.#parts.flatMap(
      (part): Array<[string, number]> =>
        part.pid === undefined ? [] : [[part.name.toLowerCase(), part.pid]],
    );
    file.write({
      pid: process.pid,
      producer: apps.producer.url,
      consumer: apps.consumer.url,
      worker: apps.worker.url,
      redisUrl: "shownUrl" in redis ? redis.shownUrl : redis.url,
      pids: { launcher: process.pid, ...Object.fromEntries(pids) },
      startedAt: this.#startedAt,
    });
  }
}
