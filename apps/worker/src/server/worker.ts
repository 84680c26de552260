import { randomBytes } from "node:crypto";
import {
  type AppContext,
  addDocs,
  addOperations,
  askStore,
  createConnections,
  createMetrics,
  createWebHost,
  openWebhookSecrets,
  RefusedStart,
  type Timeouts,
} from "@taskpulse/runtime";
import { type CatalogueEntries, createKeys, openStore } from "@taskpulse/store";
import { createOutgoing, generateSecret, parseSecrets } from "@taskpulse/webhook";
import { keepAnnounced } from "../catalogue/catalogue-job.ts";
import { CALLER_NAMES } from "../deliveries/callers.ts";
import { startDeliveries } from "../deliveries/start-deliveries.ts";
import { SubscriptionBook } from "../deliveries/subscription-book.ts";
import { type Handler, infoOf } from "../handlers/define-handler.ts";
import { HANDLERS, handlersByName } from "../handlers/registry.ts";
import { executor } from "../run/execute.ts";
import { retryPlanOf } from "../run/retry-plan.ts";
import { startRuns } from "../run/start-runs.ts";
import { startSchedules } from "../schedules/start-schedules.ts";

/** For what calls an endpoint besides attempts, such as result webhooks. */
const SPARE_CONNECTIONS = 64;

/** What a test may want otherwise. */
export interface WorkerOverrides {
  timeouts?: Partial<Timeouts>;
  /** The clock that schedules go by; default: the machine's. */
  nowMs?: () => number;
  handlers?: readonly Handler[];
}

/**
 * Builds the worker and serves its health and figures. Disposing takes no more work, lets what runs
 * end within its limit, and closes.
 */
export async function startWorker(
  { config, log }: Omit<AppContext, "pages">,
  { timeouts = {}, nowMs, handlers: registered = HANDLERS }: WorkerOverrides = {},
): Promise<AsyncDisposable> {
  const keys = createKeys();
  const handlers = handlersByName(registered);
  const stack = new AsyncDisposableStack();
  const generate = () => generateSecret(randomBytes);
  const secrets = stack.use(openWebhookSecrets({ config, parse: parseSecrets, generate, log }));
  const connections = stack.use(createConnections({ config, part: "worker", log }));
  const { connect } = connections;

  const redis = await connect("commands");
  const opened = await openStore(redis, keys);
  if (opened.kind === "refused") throw new RefusedStart(opened.sentence);

  const metrics = createMetrics("worker");
  const host = stack.use(
    await createWebHost({ pages: "none", log, metrics, timeouts, access: { config, redis, keys } }),
  );
  const outgoing = stack.use(
    createOutgoing({
      allow: config.outgoingAllow,
      // All of it may go to one endpoint, and a call that waits for a connection loses its time.
      connectionsPerOrigin: config.workerConcurrency + SPARE_CONNECTIONS,
    }),
  );
  const masters = () => secrets.current;
  const book = new SubscriptionBook(redis, keys, masters);
  // From the first call on, the secrets that were replaced are known.
  await book.subscriptions();
  const secretsOf = (url: string) => book.addressSecrets(url, Date.now());
  const caller = { outgoing, secrets: masters, secretsOf, publicUrl: config.publicUrl };
  const runs = stack.use(
    await startRuns({
      ...{ connections, redis, keys, log, metrics, concurrency: config.workerConcurrency },
      execute: executor({ caller, handlers, log }),
      planOf: (task) => retryPlanOf(task, handlers.get(task.handler ?? "")?.retries),
    }),
  );
  const infos = registered.map((handler) => [handler.name, infoOf(handler)] as const);
  const entries = new Map<string, CatalogueEntries>([
    [keys.handlers, Object.fromEntries(infos)],
    [keys.callers, Object.fromEntries(CALLER_NAMES.map((name) => [name, {}]))],
  ]);
  stack.use(await keepAnnounced({ redis, entries, log }));
  const { retentionDays } = config;
  stack.use(
    await startDeliveries({
      ...{ connections, keys, log, metrics, outgoing, book, retentionDays },
      notices: host.notices,
    }),
  );
  stack.use(await startSchedules({ connections, keys, log, metrics, retentionDays, nowMs }));
  addOperations(host.app, {
    metrics,
    isReady: async () => {
      const pong = await askStore(() => redis.ping());
      return { store: pong.kind === "answered", queues: runs.connected };
    },
  });
  addDocs(host.app, {
    ...{ routes: host.routes, access: host.access, page: false },
    title: "Taskpulse worker",
    description: "Runs tasks; it takes none over HTTP.",
    tags: { Operations: "How the process is." },
  });
  await host.listen(config.host, config.workerPort);
  return stack;
}
