import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import {
  type AppliedAnswer,
  GATEWAY_BATCHID,
  GATEWAY_OWNER,
  mayLoseDigits,
  PRIORITY_HEADER,
  parseExact,
  readFields,
  type Task,
} from "@taskpulse/contract";
import {
  readIdempotencyKey,
  refuseOtherMethods,
  sendError,
  sendFieldErrors,
  uuidOf,
} from "@taskpulse/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { argsFromText } from "./gateway-args.ts";
import { applyDocs, applyHeaders } from "./gateway-docs.ts";
import { countDigits, refuseUnstored, type TakenCounts } from "./ingest-answer.ts";
import { incomingTasks } from "./intake.ts";
import { newWalk, parseJson, shapeProblem } from "./json-body.ts";
import { KEY_REUSED, type KeyedIntake } from "./keyed-intake.ts";
import { mediaTypeProblem } from "./media-type.ts";
import { acceptBytes } from "./raw-body.ts";
import type { KnownHandler, WorkerCatalogue } from "./worker-catalogue.ts";

const PATH = "/apply/:handler";
const MAX_FIELDS = 10_000;
const AMPERSAND = 38;
const FORM = /^application\/x-www-form-urlencoded(?:\s*;\s*charset\s*=\s*"?utf-8"?)?\s*$/i;

export interface ApplyRouteOptions {
  intake: KeyedIntake;
  catalogue: WorkerCatalogue;
  onDurable: (numbers: TakenCounts) => void;
}

interface OneHandler {
  Params: { handler: string };
}

/**
 * `GET|POST /apply/{handler}`: starts a task that runs a handler. Args come as query parameters, and with
 * POST as a form or as a JSON object as well, which win.
 */
export function addApplyRoute(app: FastifyInstance, options: ApplyRouteOptions): void {
  void app.register(async (scope) => {
    acceptBytes(scope);
    for (const url of [PATH, `${PATH}/`]) {
      scope.route<OneHandler>({
        method: ["GET", "POST"],
        url,
        config: { access: "works", docs: url === PATH ? applyDocs : "alias" },
        exposeHeadRoute: false,
        handler: (request, reply) => apply(request, reply, options),
      });
      refuseOtherMethods(scope, url, ["GET", "POST"], { head: false });
    }
  });
}

async function apply(
  request: FastifyRequest<OneHandler>,
  reply: FastifyReply,
  { intake, catalogue, onDurable }: ApplyRouteOptions,
): Promise<FastifyReply> {
  const named = readIdempotencyKey(request.headers["idempotency-key"]);
  if (named.kind === "invalid") return sendFieldErrors(reply, named.errors);
  const key = named.value;
  const priority = readFields(applyHeaders.pick({ [PRIORITY_HEADER]: true }), {
    [PRIORITY_HEADER]: request.headers[PRIORITY_HEADER],
  });
  if (priority.kind === "invalid") return sendFieldErrors(reply, priority.errors);
  const { handler } = request.params;
  const known = await findHandler(reply, handler, catalogue);
  if (known === null) return reply;
  const args = readApplyArgs(request, reply, known);
  if (args === null) return reply;

  const task: Task = {
    batchid: GATEWAY_BATCHID,
    id: key === null ? randomUUID() : uuidOf(key),
    owner: GATEWAY_OWNER,
    priority: priority.value[PRIORITY_HEADER],
    handler,
    args,
  };
  const incoming = incomingTasks({ tasks: [task], many: false });
  const outcome = await intake.take({ scope: "apply", key, incoming, madeIds: new Set([0]) });
  switch (outcome.kind) {
    case "notTasks":
      // There is no task yet for its sender, only args.
      return sendFieldErrors(reply, outcome.errors);
    case "keyReused":
      return sendError(reply, "idempotency_key_reused", KEY_REUSED);
    case "durable": {
      onDurable(countDigits(outcome.digits));
      const [{ taskid } = { taskid: "" }] = incoming.encoded;
      return reply.send({ ok: "true", task_id: taskid } satisfies AppliedAnswer);
    }
    default:
      return refuseUnstored(reply, outcome);
  }
}

/** Null when the refusal has been sent. */
async function findHandler(
  reply: FastifyReply,
  name: string,
  catalogue: WorkerCatalogue,
): Promise<KnownHandler | null> {
  const known = catalogue.known?.handlers.get(name);
  if (known !== undefined) {
    catalogue.used();
    return known;
  }
  const isFresh = await catalogue.refresh();
  const handlers = catalogue.known?.handlers;
  const found = handlers?.get(name);
  if (found !== undefined) return found;
  if (!isFresh || handlers === undefined) {
    refuseUnstored(reply, {
      kind: "unavailable",
      reason: "Redis has not told what workers can do",
    });
  } else if (handlers.size === 0) {
    refuseUnstored(reply, { kind: "noWorker" });
  } else {
    sendError(
      reply,
      "not_found",
      `No worker has a handler of this name; GET /api/handlers lists those there are.`,
    );
  }
  return null;
}

/** Null when the refusal has been sent. */
function readApplyArgs(
  request: FastifyRequest,
  reply: FastifyReply,
  { info }: KnownHandler,
): Record<string, unknown> | null {
  const at = request.url.indexOf("?");
  const parameters = new URLSearchParams(at < 0 ? "" : request.url.slice(at + 1));
  const { body, headers } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) return argsFromText(parameters, info.args);
  if (FORM.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined) {
    const problem = formProblem(body);
    if (problem === null) {
      const form = new URLSearchParams(body.toString("utf8"));
      return { ...argsFromText(parameters, info.args), ...argsFromText(form, info.args) };
    }
    sendFieldErrors(reply, [{ path: "", message: problem }]);
    return null;
  }
  if (mediaTypeProblem(headers) !== null) {
    const media =
      "Send args as application/json or application/x-www-form-urlencoded, uncompressed.";
    sendError(reply, "unsupported_media_type", media);
    return null;
  }
  const json = readJsonArgs(reply, body);
  return json === null ? null : { ...argsFromText(parameters, info.args), ...json };
}

/** Before it is taken apart, which takes long where it is in many pieces. */
function formProblem(body: Buffer): string | null {
  if (!isUtf8(body)) return "must be in UTF-8";
  let fields = 1;
  for (const byte of body) if (byte === AMPERSAND) fields += 1;
  return fields > MAX_FIELDS ? `must not hold more than ${MAX_FIELDS} fields` : null;
}

/** Null when the refusal has been sent. */
function readJsonArgs(reply: FastifyReply, body: Buffer): object | null {
  const parsed = parseJson(body);
  if (parsed.kind === "notJson") {
    sendError(reply, "invalid_json", parsed.reason);
    return null;
  }
  const { json, text } = parsed;
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  const shape = isObject ? shapeProblem(json, newWalk()) : "must be an object, the args by name";
  if (shape === null) return mayLoseDigits(text) ? (parseExact(text) as object) : Object(json);
  sendFieldErrors(reply, [{ path: "", message: shape }]);
  return null;
}
