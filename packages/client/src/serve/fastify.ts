import type { Endpoint } from "./endpoint.ts";
import { type Outgoing, refused } from "./exchange.ts";
import type { FastifyReply, FastifyRouteOptions, FastifyScope } from "./frameworks.ts";
import { headOf } from "./node.ts";

/**
 * A plugin and not a handler: Fastify itself refuses forms, which is how Taskpulse sends arguments,
 * and keeps no raw body, which is what is signed. What it changes holds for this route only.
 */
export function addFastifyRoute(
  endpoint: Endpoint,
  app: FastifyScope,
  options: FastifyRouteOptions,
): void {
  const { methods, maxBodyBytes } = endpoint.options;
  if (typeof options?.url !== "string") {
    throw new TypeError(
      "register it with the path of its route: app.register(task.fastify, {url})",
    );
  }
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const { prefix: _ofTheScope, ...route } = options;
  app.route({
    ...route,
    method: [...methods],
    bodyLimit: Math.max(1, maxBodyBytes),
    async handler(request, reply) {
      const { body } = request;
      const answer = await endpoint.answer({
        ...headOf(request.raw, reply.raw),
        body: async (limit) => {
          if (!(body instanceof Uint8Array)) return new Uint8Array();
          return body.length <= limit ? body : null;
        },
      });
      return sendAnswer(reply, answer);
    },
    errorHandler(error, { method }, reply) {
      const { statusCode = 500 } = error as { statusCode?: number };
      const reason = error instanceof Error ? error.message : String(error);
      return sendAnswer(reply, refused(method, statusCode, reason));
    },
  });
}

function sendAnswer(reply: FastifyReply, { status, headers, body }: Outgoing): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send(body ?? undefined);
}
