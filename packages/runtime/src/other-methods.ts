import { METHODS } from "node:http";
import type { FastifyInstance, HTTPMethods } from "fastify";
import { sendError } from "./send-error.ts";

/** All that Node.js reads but CONNECT, which is no request for a path: it has an event of its own. */
export function teachMethods(app: FastifyInstance): void {
  for (const method of METHODS) {
    if (method === "CONNECT" || app.supportedMethods.includes(method as HTTPMethods)) continue;
    app.addHttpMethod(method);
  }
}

/**
 * Answers every other method on `url` with 405 and the Allow header (RFC 9110, section 15.5.6).
 *
 * @param head whether HEAD is possible as well; default: where GET is
 */
export function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  allowed: readonly HTTPMethods[],
  { head = allowed.includes("GET") }: { head?: boolean } = {},
): void {
  const allows = new Set<string>(head ? [...allowed, "HEAD"] : allowed);
  app.route({
    method: app.supportedMethods.filter((method) => !allows.has(method)),
    url,
    // Whoever asks: what there is stands in the documentation.
    config: { access: "open", docs: "refusal" },
    // Runs before a body is read: the method is the first thing that is checked.
    onRequest: async (request, reply) =>
      sendError(
        reply.header("allow", [...allows].join(", ")),
        "method_not_allowed",
        `${request.method} is not possible here, only ${[...allows].join(" or ")}.`,
      ),
    handler: () => undefined,
  });
}
