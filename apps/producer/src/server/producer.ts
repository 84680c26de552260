import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  type AppContext,
  addDocs,
  addOperations,
  askStore,
  Counter,
  createConnections,
  createMetrics,
  createWebHost,
  Gauge,
  Histogram,
  openWebhookSecrets,
  RefusedStart,
} from "@taskpulse/runtime";
import { createKeys, openStore } from "@taskpulse/store";
import { generateSecret, parseSecrets } from "@taskpulse/webhook";
import { batchCalls } from "./batch-calls.ts";
import { INTRODUCTION, TAGS } from "./batch-docs.ts";
import { BatchNews } from "./batch-news.ts";
import type { Send } from "./batch-runner.ts";
import { BatchSupervisor } from "./batch-supervisor.ts";
import { WebhookSender } from "./webhook-sender.ts";

const APP_DIR = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Builds the producer and serves. Disposing ends the event streams, takes no more calls, lets what
 * is being sent end, records it and gives its batches back.
 */
export async function startProducer({ config, log, pages }: AppContext): Promise<AsyncDisposable> {
  const keys = createKeys();
  const stack = new AsyncDisposableStack();
  const { connect } = stack.use(createConnections({ config, part: "producer", log }));

  const redis = await connect("batches");
  const opened = await openStore(redis, keys);
  if (opened.kind === "refused") throw new RefusedStart(opened.sentence);

  const metrics = createMetrics("producer");
  const generate = () => generateSecret(randomBytes);
  const secrets = stack.use(openWebhookSecrets({ config, parse: parseSecrets, generate, log }));
  const sender = stack.use(
    new WebhookSender({ url: config.webhookReceiverUrl, secret: () => secrets.current[0] }),
  );
  const send = measured((message, isWanted) => sender.send(message, isWanted), metrics);
  const { retentionDays } = config;
  const supervisor = stack.use(new BatchSupervisor({ redis, keys, send, log, retentionDays }));
  const news = stack.use(
    new BatchNews(await connect("news", "listens"), keys, () => supervisor.lookNow()),
  );
  const host = stack.use(
    await createWebHost({ appDir: APP_DIR, pages, log, metrics, access: { config, redis, keys } }),
  );
  const closing = new AbortController();
  stack.defer(() => closing.abort());

  addOperations(host.app, {
    metrics,
    isReady: async () => {
      const pong = await askStore(() => redis.ping());
      return { store: pong.kind === "answered" };
    },
  });
  new Gauge({
    name: "taskpulse_producer_batches_running",
    help: "Batches that run in this process.",
    registers: [metrics],
    collect() {
      this.set(supervisor.running);
    },
  });
  new Gauge({
    name: "taskpulse_producer_sends_in_flight",
    help: "Tries to deliver a task that are under way, and those that wait for a connection",
    labelNames: ["stage"],
    registers: [metrics],
    collect() {
      this.set({ stage: "sending" }, sender.inFlight);
      this.set({ stage: "waiting" }, sender.waiting);
    },
  });
  const settings = {
    minTasks: config.minTasks,
    maxTasks: config.maxTasks,
    waitSeconds: config.waitSeconds,
    receiverUrl: config.webhookReceiverUrl,
    boardUrl: config.publicUrl,
  };
  await host.app.register(
    batchCalls({ redis, keys, news, closing: closing.signal, settings, log }),
  );
  addDocs(host.app, {
    ...{ routes: host.routes, access: host.access, page: true, tags: TAGS },
    title: "Taskpulse producer",
    description: INTRODUCTION,
  });
  await host.listen(config.host, config.producerPort);
  return stack;
}

function measured(send: Send, metrics: ReturnType<typeof createMetrics>): Send {
  const results = new Counter({
    name: "taskpulse_producer_sends_total",
    help: "Tries to deliver a task, by how they ended",
    labelNames: ["outcome"],
    registers: [metrics],
  });
  const seconds = new Histogram({
    name: "taskpulse_producer_send_seconds",
    help: "Duration of a try to deliver a task",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers: [metrics],
  });
  return async (message, isWanted) => {
    const result = await send(message, isWanted);
    if (result.kind === "withdrawn") return result;
    results.inc({ outcome: result.kind });
    seconds.observe(result.ms / 1_000);
    return result;
  };
}
