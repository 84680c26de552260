import type { HandlerList } from "@taskpulse/contract";
import { refuseOtherMethods, sendError } from "@taskpulse/runtime";
import type { FastifyInstance } from "fastify";
import { handlerDocs } from "./gateway-docs.ts";
import type { WorkerCatalogue } from "./worker-catalogue.ts";

const PATH = "/api/handlers";

/** `GET /api/handlers`: what tasks may name as their `handler`, by name. */
export function addHandlerRoutes(app: FastifyInstance, catalogue: WorkerCatalogue): void {
  app.get(PATH, { config: { docs: handlerDocs } }, async (_request, reply) => {
    await catalogue.refresh();
    // While the store is away, what was last known is better than nothing.
    const { known } = catalogue;
    if (known === null) {
      reply.header("retry-after", "1");
      return sendError(reply, "store_unavailable", "The store can't be read now; try again.");
    }
    return { handlers: [...known.handlers.values()].map(({ info }) => info) } satisfies HandlerList;
  });
  refuseOtherMethods(app, PATH, ["GET"]);
}
