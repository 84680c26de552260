import { Endpoint, type Execute } from "./endpoint.ts";
import { addFastifyRoute } from "./fastify.ts";
import type { FastifyRouteOptions, FastifyScope, NodeRequest, NodeResponse } from "./frameworks.ts";
import { answerNode } from "./node.ts";
import type { ReadServeOptions } from "./read-serve-options.ts";
import { answerWeb } from "./web.ts";
import type { WebhookTask } from "./webhook-task.ts";

/** @throws TypeError */
export function checkFunction(where: string, fn: unknown): void {
  if (typeof fn !== "function")
    throw new TypeError(`${where} takes the function that does the work`);
}

export function serve(options: ReadServeOptions, execute: Execute): WebhookTask {
  const endpoint = new Endpoint(options, execute);
  return Object.assign((request: Request) => answerWeb(endpoint, request), {
    fastify: async (app: FastifyScope, route: FastifyRouteOptions) =>
      addFastifyRoute(endpoint, app, route),
    node: (request: NodeRequest, response: NodeResponse) => answerNode(endpoint, request, response),
  });
}
