import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Registry } from "prom-client";
import { refuseOtherMethods } from "./other-methods.ts";

export { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** A registry with the process's own figures (memory, CPU, event loop) in it. */
export function createMetrics(part: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ part });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, else 503; those who may look are
 * told what is missing. `/metrics`: Prometheus text format.
 */
export function addOperations(
  app: FastifyInstance,
  { metrics, isReady }: { metrics: Registry; isReady: () => Promise<Record<string, boolean>> },
): void {
  app.get("/healthz", { config: { access: "open" } }, () => ({ status: "live" }));
  app.get("/readyz", { config: { access: "status" } }, async ({ visitor }, reply) => {
    const checks = await isReady();
    const ready = Object.values(checks).every(Boolean);
    const status = ready ? "ready" : "not ready";
    const mayLook = visitor !== null && visitor.kind !== "stranger";
    return reply.code(ready ? 200 : 503).send(mayLook ? { status, checks } : { status });
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  for (const url of ["/healthz", "/readyz", "/metrics"]) refuseOtherMethods(app, url, ["GET"]);
}
