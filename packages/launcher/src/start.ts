import { networkInterfaces } from "node:os";
import { join, relative } from "node:path";
import { type Config, httpOrigin } from "@taskpulse/runtime/config";
import { complain, duration, say, step } from "../early/screen.mjs";
import { build } from "./build.ts";
import { lockDataDir } from "./data-dir.ts";
import { elsewhere } from "./elsewhere.ts";
import { EmbeddedRedis } from "./embedded-redis.ts";
import { exposureWarnings } from "./exposure.ts";
import { checkExternalRedis, withoutPassword } from "./external-redis.ts";
import { type Apps, Instance } from "./instance.ts";
import { InstanceFile } from "./instance-file.ts";
import { expectPortFree } from "./ports.ts";
import { StopRequests } from "./stop-requests.ts";
import { provideProgram, REDIS } from "./system-package.ts";

/** How long the parts of an instance that was killed may take to let go of their ports. */
const LEFTOVER_LIMIT_MS = 12_000;

export interface StartOptions {
  readonly root: string;
  readonly config: Config;
  readonly dev: boolean;
  /** When the command began, in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Runs Taskpulse until it is asked to stop. @returns the exit code */
export async function start(options: StartOptions): Promise<number> {
  using stop = new StopRequests();
  try {
    return await serve(options, stop);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    throw error;
  }
}

async function serve(options: StartOptions, stop: StopRequests): Promise<number> {
  const { root, config, dev } = options;
  const { host, dataDir } = config;
  const app = (name: string, port: number) => ({
    folder: join(root, "apps", name),
    url: httpOrigin(host, port),
  });
  const apps: Apps = {
    producer: app("producer", config.producerPort),
    consumer: app("consumer", config.consumerPort),
    worker: app("worker", config.workerPort),
  };

  for (const warning of exposureWarnings(config)) complain(`! ${warning}`);
  await using _folder = await lockDataDir(dataDir, `${apps.producer.url}, ${apps.consumer.url}`);
  const file = new InstanceFile(dataDir);
  const patienceMs = file.left() ? LEFTOVER_LIMIT_MS : 0;
  for (const [port, variable] of [
    [config.producerPort, "PRODUCER_PORT"],
    [config.consumerPort, "CONSUMER_PORT"],
    [config.workerPort, "WORKER_PORT"],
  ] as const) {
    await expectPortFree({ host, port, variable }, patienceMs, stop.signal);
  }
  const redis = await prepareRedis(config, stop.signal);
  if (!dev) await build({ root, logDir: join(dataDir, "logs"), signal: stop.signal });

  await using instance = new Instance({ root, dev, apps, redis, file, stop });
  const early = await instance.start();
  if (early === undefined && !stop.signal.aborted) tellReady(options, apps, redis);
  const failure = early ?? (await instance.ended());
  if (failure === undefined) say("· stopping");
  else complain(failure.sentence);
  return failure === undefined ? 0 : 1;
}

async function prepareRedis(
  { redisUrl, dataDir, redisMaxMemoryBytes }: Config,
  signal: AbortSignal,
) {
  if (redisUrl !== undefined) {
    const shownUrl = withoutPassword(redisUrl);
    const warnings = await step(`Redis ${shownUrl}`, () => checkExternalRedis(redisUrl));
    for (const warning of warnings) complain(`! ${warning}`);
    return { url: redisUrl, shownUrl };
  }
  const program = await provideProgram(REDIS, dataDir, signal);
  return EmbeddedRedis.prepare({ program, dataDir, maxMemoryBytes: redisMaxMemoryBytes }, signal);
}

function tellReady(
  { config, startedAt }: StartOptions,
  { producer, consumer, worker }: Apps,
  redis: { url: string; shownUrl?: string },
): void {
  const data = relative(process.cwd(), config.dataDir);
  const where =
    redis.shownUrl ?? `${redis.url}, its data in ${data.startsWith("..") ? config.dataDir : data}`;
  const others = elsewhere(config, networkInterfaces());
  const listening = others === null ? "" : `  Listening        ${others}\n`;
  say(`
  Tasks Producer   ${producer.url}
  Tasks Consumer   ${consumer.url}
  Worker           ${worker.url}
${listening}  Redis            ${where}

  Ready in ${duration(Date.now() - startedAt)}. Ctrl-C stops everything in order.
`);
}
