import { randomBytes } from "node:crypto";
import {
  type AppContext,
  addOperations,
  askStore,
  createConnections,
  createMetrics,
  createWebHost,
  openWebhookSecrets,
  RefusedStart,
  type Timeouts,
} from "@taskpulse/runtime";
import { createKeys, openStore } from "@taskpulse/store";
import { createOutgoing, generateSecret, parseSecrets } from "@taskpulse/webhook";
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
}

/**
 * Builds the worker and serves its health and figures. Disposing takes no more work, lets what runs
 * end within its limit, and closes.
 */
export async function startWorker(
  { config, log }: Omit<AppContext, "pages">,
  { timeouts = {}, nowMs }: WorkerOverrides = {},
): Promise<AsyncDisposable> {
  const keys = createKeys();
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
  const caller = { outgoing, secrets: () => secrets.current, publicUrl: config.publicUrl };
  const runs = stack.use(
    await startRuns({
      ...{ connections, redis, keys, log, metrics, concurrency: config.workerConcurrency },
      execute: executor(caller),
      planOf: (task) => retryPlanOf(task),
    }),
  );
  const { retentionDays } = config;
  stack.use(await startSchedules({ connections, keys, log, metrics, retentionDays, nowMs }));
  addOperations(host.app, {
    metrics,
    isReady: async () => {
      const pong = await askStore(() => redis.ping());
      return { store: pong.kind === "answered", queues: runs.connected };
    },
  });
  await host.listen(config.host, config.workerPort);
  return stack;
}
