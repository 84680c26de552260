import { mkdirSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../early/refusal.mjs";
import { say } from "../early/screen.mjs";
import { freeRedisPort } from "./ports.ts";
import { ProcessGroup } from "./process-group.ts";
import { probeRedis } from "./redis-probe.ts";
import { cutTornTail } from "./torn-tail.ts";

const MAX_LOG_BYTES = 1_048_576;
const OLD_REDIS_LIMIT_MS = 10_000;
/** A server that was asked to end by the kernel needs no reminder before this. */
const OLD_REDIS_REMINDER_MS = 2_000;

export interface RedisOptions {
  /** `redis-server` or `valkey-server`. */
  readonly program: string;
  readonly dataDir: string;
  readonly maxMemoryBytes: number;
  /** How long a Redis of an earlier start may take to end. */
  readonly oldRedisLimitMs?: number;
}

/**
 * The Redis that belongs to this instance: on a loopback port, every write on disk before it is
 * acknowledged, its data in `DATA_DIR/redis`. It keeps its port across restarts, because the other
 * parts were told it once.
 */
export class EmbeddedRedis {
  readonly port: number;
  readonly #options: RedisOptions;
  readonly #dir: string;
  readonly #logFile: string;

  private constructor(options: RedisOptions, dir: string, port: number) {
    this.#options = options;
    this.#dir = dir;
    this.#logFile = logFile(options.dataDir);
    this.port = port;
  }

  /** @throws Refusal when an older Redis still holds the data. */
  static async prepare(options: RedisOptions, signal: AbortSignal): Promise<EmbeddedRedis> {
    const dir = join(options.dataDir, "redis");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    await outliveOldRedis(options, realpathSync(dir), signal);
    boundLog(logFile(options.dataDir));
    const port = await freeRedisPort();
    await writeFile(portFile(options.dataDir), String(port), { mode: 0o600 });
    return new EmbeddedRedis(options, dir, port);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<ProcessGroup> {
    const bytes = await cutTornTail(this.#dir);
    if (bytes > 0) say(`· cut off ${bytes} bytes of an unfinished write at the end of Redis' data`);
    const settings = {
      bind: "127.0.0.1",
      port: this.port,
      dir: this.#dir,
      appendonly: "yes",
      appendfsync: "always",
      "aof-load-truncated": "yes",
      save: "",
      maxmemory: this.#options.maxMemoryBytes,
      "maxmemory-policy": "noeviction",
      logfile: this.#logFile,
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    return ProcessGroup.start(this.#options.program, args, {
      cwd: this.#dir,
      stdio: "ignore",
      guarded: true,
      env: redisEnvironment(),
    });
  }

  /** Resolves once it answers and has read all of its data, however long that takes. */
  async whenReady(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const probe = await probeRedis(this.port, "PING");
      if (probe.kind === "answered" && probe.text.startsWith("+PONG")) return;
      await sleep(20, undefined, { signal });
    }
  }

  /** Why it could not start, from its log. */
  async complaint(): Promise<string> {
    const log = await readFile(this.#logFile, "utf8").catch(() => "");
    const problems = log.split("\n").filter((line) => line.includes(" # "));
    const last = problems.at(-1)?.replace(/^.* # /, "");
    return `Redis can't start${last === undefined ? "" : ` (${last})`}; its log is ${this.#logFile}.`;
  }

  /** After an orderly stop there is no port to look at next time. */
  forgetPort(): void {
    rmSync(portFile(this.#options.dataDir), { force: true });
  }
}

/** What the apps must know is none of Redis' business: secrets stay out of its environment. */
function redisEnvironment(): NodeJS.ProcessEnv {
  const { WEBHOOK_SECRET: _secret, ADMIN_TOKEN: _token, ...env } = process.env;
  // Redis ends at once when the environment names a locale that is not installed.
  return { ...env, LC_ALL: "C" };
}

function portFile(dataDir: string): string {
  return join(dataDir, "redis.port");
}

function logFile(dataDir: string): string {
  return join(dataDir, "redis.log");
}

function boundLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
}

/**
 * When a launcher is killed, its Redis may still be writing for a moment; two servers on one
 * append-only file would ruin it. We hold the lock of the data folder, so a Redis that still runs on
 * it is nobody's: it is waited for, and reminded. What never says anything is taken for a stranger
 * that has got the port since, after a reboot for example.
 */
async function outliveOldRedis(
  { dataDir, oldRedisLimitMs = OLD_REDIS_LIMIT_MS }: RedisOptions,
  dir: string,
  signal: AbortSignal,
): Promise<void> {
  const port = Number(await readFile(portFile(dataDir), "utf8").catch(() => ""));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return;
  const beganAt = performance.now();
  let reminded = false;
  let seen = false;
  for (;;) {
    const probe = await probeRedis(port, "CONFIG GET dir");
    if (probe.kind === "nobody") return;
    // Somebody else's server may have got the port since.
    const isOurs = probe.kind === "answered" && probe.text.includes(dir);
    if (probe.kind === "answered" && !isOurs && !probe.text.startsWith("-LOADING")) return;
    seen ||= probe.kind === "answered";
    const waited = performance.now() - beganAt;
    if (waited > oldRedisLimitMs) {
      if (!seen) return;
      throw new Refusal(
        `A Redis of an earlier start still runs on ${dir} (port ${port}) and does not end: stop it, then start again.`,
      );
    }
    if (isOurs && waited > OLD_REDIS_REMINDER_MS && !reminded) {
      reminded = true;
      await probeRedis(port, "SHUTDOWN");
    }
    await sleep(50, undefined, { signal });
  }
}
