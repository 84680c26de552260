import type { FastifyContextConfig, FastifyInstance } from "fastify";
import type { RouteDocs } from "./route-docs.ts";

/** One method on one path that the app answers. */
export interface CollectedRoute {
  method: string;
  /** As Fastify writes it: `/api/tasks/:taskid`. */
  url: string;
  access: FastifyContextConfig["access"];
  /** Null: it says nothing of itself. */
  docs: RouteDocs | "alias" | null;
}

/**
 * Notes every route that is added to `app` from now on, also by plugins. HEAD where there is GET is no
 * route of its own here, nor are refusals.
 */
export function collectRoutes(app: FastifyInstance): readonly CollectedRoute[] {
  const routes: CollectedRoute[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    const { docs, access } = config ?? {};
    if (docs === "refusal") return;
    for (const one of Array.isArray(method) ? method : [method]) {
      if (one === "HEAD") continue;
      routes.push({ method: one, url, access, docs: docsOf(docs, one) });
    }
  });
  return routes;
}

function docsOf(
  docs: Exclude<FastifyContextConfig["docs"], "refusal">,
  method: string,
): CollectedRoute["docs"] {
  if (docs === undefined) return null;
  if (docs === "alias" || isOne(docs)) return docs;
  const found: unknown = Reflect.get(docs, method);
  return found === undefined ? null : (found as RouteDocs);
}

function isOne(docs: object): docs is RouteDocs {
  return "answers" in docs;
}
