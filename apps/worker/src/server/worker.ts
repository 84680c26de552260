import {
  type AppContext,
  addOperations,
  askStore,
  createConnections,
  createMetrics,
  createWebHost,
  RefusedStart,
  type Timeouts,
} from "@taskpulse/runtime";
import { createKeys, openStore } from "@taskpulse/store";

/** What a test may want otherwise. */
export interface WorkerOverrides {
  timeouts?: Partial<Timeouts>;
}

/**
 * Builds the worker and serves its health and figures. Disposing takes no more work, lets what runs
 * end within its limit, and closes.
 */
export async function startWorker(
  { config, log }: Omit<AppContext, "pages">,
  { timeouts = {} }: WorkerOverrides = {},
): Promise<AsyncDisposable> {
  const keys = createKeys();
  const stack = new AsyncDisposableStack();
  const { connect } = stack.use(createConnections({ config, part: "worker", log }));

  const redis = await connect("read");
  const opened = await openStore(redis, keys);
  if (opened.kind === "refused") throw new RefusedStart(opened.sentence);

  const metrics = createMetrics("worker");
  const host = stack.use(
    await createWebHost({ pages: "none", log, metrics, timeouts, access: { config, redis, keys } }),
  );
  addOperations(host.app, {
    metrics,
    isReady: async () => {
      const pong = await askStore(() => redis.ping());
      return { store: pong.kind === "answered" };
    },
  });
  await host.listen(config.host, config.workerPort);
  return stack;
}
