import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  type AppContext,
  addDocs,
  addOperations,
  createConnections,
  createMetrics,
  createWebHost,
  Gauge,
  openWebhookSecrets,
  RefusedStart,
  type Timeouts,
} from "@taskpulse/runtime";
import { createKeys, GroupCommit, openStore, Transitions } from "@taskpulse/store";
import { generateSecret, parseSecrets } from "@taskpulse/webhook";
import type { Redis } from "ioredis";
import { addApplyRoute } from "./apply-route.ts";
import { createBoardSockets, SOCKET_PATH } from "./board-sockets.ts";
import { addDeadLetterRoutes } from "./dead-letter-routes.ts";
import { addDeliveryRoutes } from "./delivery-routes.ts";
import { addEndpointRoutes } from "./endpoint-routes.ts";
import { addGatewayRoutes } from "./gateway-routes.ts";
import { addHandlerRoutes } from "./handler-routes.ts";
import { IncomingWebhooks } from "./incoming-webhooks.ts";
import type { TakenCounts } from "./ingest-answer.ts";
import { IngestCounts } from "./ingest-counts.ts";
import { IngestLimits } from "./ingest-limits.ts";
import { addIngestRoute } from "./ingest-route.ts";
import { createSignatureCheck } from "./ingest-signature.ts";
import { Intake } from "./intake.ts";
import { KeyedIntake } from "./keyed-intake.ts";
import { LogWatch } from "./log-watch.ts";
import { addReadRoutes } from "./read-routes.ts";
import { Relay } from "./relay.ts";
import { addReportRoute } from "./report-route.ts";
import { RetentionJob } from "./retention-job.ts";
import { retentionPolicy } from "./retention-policy.ts";
import { addRetryRoutes } from "./retry-routes.ts";
import { RetryRunner } from "./retry-runner.ts";
import { addSchedulePreviewRoute } from "./schedule-preview-route.ts";
import { addScheduleRoutes } from "./schedule-routes.ts";
import { addSubscriptionRoutes } from "./subscription-routes.ts";
import { INTRODUCTION, TAGS } from "./tags.ts";
import { TaskCheck } from "./task-check.ts";
import { addTaskCommandRoutes } from "./task-command-routes.ts";
import { addTaskCreateRoute } from "./task-create-route.ts";
import { WorkerCatalogue } from "./worker-catalogue.ts";

const APP_DIR = fileURLToPath(new URL("../..", import.meta.url));

/** What a test may want otherwise. */
export interface ConsumerOverrides {
  /** The clock that signatures and schedules go by; default: the machine's. */
  nowMs?: () => number;
  /** The clock that rates go by; default: the machine's and Redis'. */
  rateNowMs?: () => number;
  timeouts?: Partial<Timeouts>;
  /** See `IngestOptions`. */
  maxHeldBytes?: number;
}

/** Builds the consumer and serves; disposing stops intake, lets what is under way finish, closes. */
export async function startConsumer(
  { config, log, pages }: AppContext,
  { nowMs = Date.now, rateNowMs, timeouts = {}, maxHeldBytes }: ConsumerOverrides = {},
): Promise<AsyncDisposable> {
  const keys = createKeys();
  const stack = new AsyncDisposableStack();
  const generate = () => generateSecret(randomBytes);
  const secrets = stack.use(openWebhookSecrets({ config, parse: parseSecrets, generate, log }));
  const checkSignature = createSignatureCheck(config, secrets, nowMs);
  const { connect } = stack.use(createConnections({ config, part: "consumer", log }));

  const redis = await connect("read");
  const opened = await openStore(redis, keys);
  if (opened.kind === "refused") throw new RefusedStart(opened.sentence);

  const commit = stack.use(new GroupCommit(await connect("commit"), keys));
  const metrics = createMetrics("consumer");
  const host = stack.use(
    await createWebHost({
      ...{ appDir: APP_DIR, pages, log, metrics, timeouts },
      access: { config, redis, keys },
      socketPath: SOCKET_PATH,
    }),
  );
  const limits =
    config.ingestRateLimit === 0
      ? null
      : stack.use(
          new IngestLimits({ redis, keys, perSecond: config.ingestRateLimit, nowMs: rateNowMs }),
        );
  const { access, notices } = host;
  const catalogue = new WorkerCatalogue({ redis, keys, log });
  catalogue.used();
  const taskCheck = new TaskCheck(catalogue);
  const intake = new Intake({ commit, redis, keys, taskCheck });
  const counts = new IngestCounts(metrics);
  const retention = retentionPolicy(config);
  const incoming = new IncomingWebhooks({
    ...{ metrics, access, notices, checkSignature, limits, maxHeldBytes },
  });
  addIngestRoute(host.app, { incoming, intake, counts });
  addReadRoutes(host.app, { redis, keys });
  addHandlerRoutes(host.app, catalogue);
  const masters = () => secrets.current;
  addSubscriptionRoutes(host.app, { redis, keys, catalogue, secrets: masters, nowMs });
  addDeliveryRoutes(host.app, { redis, keys });
  addEndpointRoutes(host.app, { redis, keys, secrets: masters });
  addSchedulePreviewRoute(host.app, nowMs);
  await addScheduleRoutes(host.app, { redis, keys, commit, taskCheck, nowMs });
  const { rememberMs } = retention;
  const keyed = new KeyedIntake({ intake, redis, keys, rememberMs });
  const onDurable = (numbers: TakenCounts) => counts.taken(numbers);
  addTaskCreateRoute(host.app, { intake: keyed, onDurable });
  addApplyRoute(host.app, { intake: keyed, catalogue, onDurable });
  addGatewayRoutes(host.app, { redis, keys });
  const transitions = new Transitions(redis, keys);
  addTaskCommandRoutes(host.app, transitions);
  addReportRoute(host.app, { incoming, transitions, secrets, metrics });
  const retries = stack.use(new RetryRunner(redis, keys, log));
  addRetryRoutes(host.app, { redis, keys, onCreated: () => retries.look() });
  addDeadLetterRoutes(host.app, { redis, keys });

  const subscribe = await connect("subscribe", "listens");
  const boards = stack.use(
    createBoardSockets({
      http: host.app.server,
      access,
      redis,
      publish: quietPublisher(await connect("publish")),
      subscribe,
      keys,
      log,
      watch: new LogWatch(await connect("msg", "waits"), keys),
      reach: () => relay.reach,
    }),
  );
  const relay: Relay = stack.use(
    new Relay({
      redis: await connect("relay"),
      watch: new LogWatch(await connect("wait", "waits"), keys),
      keys,
      log,
      broadcast: boards.broadcast,
      onReach: boards.tellReach,
    }),
  );
  stack.use(new RetentionJob(redis, keys, retention, log));
  addOperations(host.app, {
    metrics,
    isReady: async () => ({
      store: relay.reach === "back" && redis.status === "ready",
      frames: subscribe.status === "ready",
    }),
  });
  addDocs(host.app, {
    ...{ routes: host.routes, access, page: true, tags: TAGS },
    title: "Taskpulse consumer",
    description: INTRODUCTION,
  });
  new Gauge({
    name: "taskpulse_boards_connected",
    help: "Socket.IO clients connected to this node.",
    registers: [metrics],
    collect() {
      this.set(boards.connected);
    },
  });
  new Gauge({
    name: "taskpulse_ingest_waiting_tasks",
    help: "Tasks that wait for the store; above a limit, requests are turned away.",
    registers: [metrics],
    collect() {
      this.set(commit.waitingTasks);
    },
  });
  await host.listen(config.host, config.consumerPort);
  return stack;
}

/**
 * The adapter publishes without looking at the outcome. While Redis is away a frame reaches only
 * the boards of this node; the others notice the gap at the next one and ask again.
 */
function quietPublisher(redis: Redis): Redis {
  const publish = redis.publish.bind(redis);
  redis.publish = (channel: string | Buffer, message: string | Buffer) =>
    publish(channel, message).catch(() => 0);
  return redis;
}
