import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Registry } from "prom-client";
import { z } from "zod";
import type { RouteDocs } from "./docs/route-docs.ts";
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
  app.get("/healthz", { config: { access: "open", docs: docs.live } }, () => ({ status: "live" }));
  app.get(
    "/readyz",
    { config: { access: "status", docs: docs.ready } },
    async ({ visitor }, reply) => {
      const checks = await isReady();
      const ready = Object.values(checks).every(Boolean);
      const status = ready ? "ready" : "not ready";
      const mayLook = visitor !== null && visitor.kind !== "stranger";
      return reply.code(ready ? 200 : 503).send(mayLook ? { status, checks } : { status });
    },
  );
  app.get("/metrics", { config: { docs: docs.metrics } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  for (const url of ["/healthz", "/readyz", "/metrics"]) refuseOtherMethods(app, url, ["GET"]);
}

const TAG = "Operations";
const readyShape = z.object({
  status: z.enum(["ready", "not ready"]),
  checks: z
    .record(z.string(), z.boolean())
    .exactOptional()
    .describe("What it needs, for those who may look."),
});

const docs = {
  live: {
    id: "isLive",
    tag: TAG,
    summary: "The process answers",
    answers: {
      200: { description: "It does.", schema: z.object({ status: z.literal("live") }) },
    },
  },
  ready: {
    id: "isReady",
    tag: TAG,
    summary: "The process can do its work",
    answers: {
      200: { description: "It can.", schema: readyShape },
      503: { description: "It can't now.", schema: readyShape },
    },
  },
  metrics: {
    id: "getMetrics",
    tag: TAG,
    summary: "Figures in the text format of Prometheus",
    answers: {
      200: { description: "The figures.", schema: z.string(), mediaType: "text/plain" },
    },
  },
} as const satisfies Record<string, RouteDocs>;
