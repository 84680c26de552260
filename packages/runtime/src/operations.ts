import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Registry } from "prom-client";
import { refuseOtherMethods } from "./web-host.ts";

export { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** A registry with the process's own figures (memory, CPU, event loop) in it. */
export function createMetrics(part: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ part });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, else 503 and what is missing.
 * `/metrics`: Prometheus text format.
 */
export function addOperations(
  app: FastifyInstance,
  { metrics, isReady }: { metrics: Registry; isReady: () => Promise<Record<string, boolean>> },
): void {
  app.get("/healthz", () => ({ status: "live" }));
  app.get("/readyz", async (_request, reply) => {
    const checks = await isReady();
    const ready = Object.values(checks).every(Boolean);
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready", checks });
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  for (const url of ["/healthz", "/readyz", "/metrics"]) refuseOtherMethods(app, url, ["GET"]);
}
