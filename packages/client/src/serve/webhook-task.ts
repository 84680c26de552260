import { taskSuccess } from "./exchange.ts";
import type { FastifyRouteOptions, FastifyScope, NodeRequest, NodeResponse } from "./frameworks.ts";
import { readServeOptions } from "./read-serve-options.ts";
import { checkFunction, serve } from "./serve.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { TaskCall } from "./task-call.ts";

/**
 * An endpoint that Taskpulse can call. It is itself a route handler of Next.js and of everything else
 * that answers a Web `Request` with a `Response`: `export const GET = multiply`.
 */
export interface WebhookTask {
  (request: Request): Promise<Response>;
  /** A plugin for Fastify: `app.register(multiply.fastify, { url: "/multiply" })`. */
  readonly fastify: (app: FastifyScope, options: FastifyRouteOptions) => Promise<void>;
  /** For `http.createServer`, Express and others that have its `req` and `res`. Needs an untouched body. */
  readonly node: (request: NodeRequest, response: NodeResponse) => Promise<void>;
}

/** May return a promise. What it returns is the task's result, undefined is null; what it throws is its failure. */
export type TaskFunction<Args> = (args: Args, call: TaskCall) => unknown;

/**
 * Makes an endpoint of a function: `{"status":"success","retval"}` with what it returns,
 * `{"status":"failure","reason"}` with the message of what it throws.
 *
 * Arguments come from the query, and with POST, PUT, PATCH and DELETE from a form or a JSON object
 * as well. A name that is repeated is an array. Texts in queries and forms that look like numbers,
 * `true`, `false`, `null` or objects are such; where the schema in `args` wants another reading, it
 * gets that one: `z.object({ code: z.string() })` gets "10" and not 10.
 *
 * @throws TypeError that names the option
 */
export function webhookTask<Args>(
  fn: TaskFunction<Args>,
  options: ServeOptions & { args: StandardSchema<Args> },
): WebhookTask;
export function webhookTask<Args extends object = Record<string, unknown>>(
  fn: TaskFunction<Args>,
  options?: ServeOptions & { args?: undefined },
): WebhookTask;
export function webhookTask(fn: TaskFunction<never>, options: ServeOptions = {}): WebhookTask {
  checkFunction("webhookTask", fn);
  return serve(readServeOptions("webhookTask", options), async (args, call) =>
    // The schema has seen to it, or the program says so itself.
    taskSuccess(call.method, await fn(args as never, call)),
  );
}
