import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES } from "@taskpulse/contract";
import {
  type Access,
  clientNetwork,
  Gauge,
  type Notices,
  type Registry,
  refuseOtherMethods,
  sendError,
} from "@taskpulse/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BodyRead, BodyReader, declaredLength } from "./body-reader.ts";
import { answerOutcome } from "./ingest-answer.ts";
import type { IngestCounts } from "./ingest-counts.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { IngestRefusals } from "./ingest-refusals.ts";
import type { CheckSignature } from "./ingest-signature.ts";
import { type Incoming, type Intake, incomingTasks } from "./intake.ts";
import { mediaTypeProblem } from "./media-type.ts";
import { parseTasks } from "./parse-tasks.ts";
import type { RateState } from "./rate-limiter.ts";
import { refuseUnread } from "./refuse-unread.ts";

const PATH = "/consumetasks";
/** Longer ones are verified, but not kept. */
const KEPT_ID = /^[\x21-\x7e]{1,200}$/;
const MAX_HELD_BYTES = 134_217_728;
const TOO_LARGE = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
const NO_ROOM =
  "Too much is on its way here, from everybody or from your network; send again in a moment.";

export interface IngestOptions {
  intake: Intake;
  counts: IngestCounts;
  metrics: Registry;
  access: Access;
  notices: Notices;
  checkSignature: CheckSignature;
  /** Null: no limits. */
  limits: IngestLimits | null;
  /** How much the bodies may hold that have come in part, in bytes. */
  maxHeldBytes?: number | undefined;
}

type RefusalWords =
  Parameters<typeof sendError> extends [FastifyReply, ...infer Rest] ? Rest : never;

/**
 * `POST /consumetasks`. Checks in the order of the contract: method, size, the rate of the address,
 * media type, signature, the rate of the key, JSON, schema; the answer goes out only after the tasks are durable.
 */
export function addIngestRoute(app: FastifyInstance, options: IngestOptions): void {
  const { intake, counts, metrics, access, notices, checkSignature, limits } = options;
  const { maxHeldBytes = MAX_HELD_BYTES } = options;
  const refusals = new IngestRefusals(metrics, notices);
  const countTaken = counts.taken.bind(counts);
  const bodies = new BodyReader({ maxBodyBytes: MAX_BODY_BYTES, maxHeldBytes });
  new Gauge({
    name: "taskpulse_ingest_held_bytes",
    help: "What the bodies hold that have come in part; those that find no room are turned away.",
    registers: [metrics],
    collect() {
      this.set(bodies.heldBytes);
    },
  });

  app.route({
    method: "POST",
    url: PATH,
    config: { access: "open" },
    // Answers by itself, before Fastify looks at the body: what is refused must not be read first.
    onRequest: (request, reply, _done) => receive(request, reply),
    handler: () => undefined,
  });
  void app.register(async (scope) => {
    // The route above counts by itself: there, a hook would cost as much as a check.
    scope.addHook("onResponse", (_request, reply, done) => {
      counts.answered(reply.statusCode);
      done();
    });
    refuseOtherMethods(scope, PATH, ["POST"]);
  });

  function receive(request: FastifyRequest, reply: FastifyReply): void {
    const rate = limits?.takeAddress(access.clientAddress(request.raw)) ?? null;
    if (rate !== null) limits?.describe(reply, rate);
    if ((declaredLength(request.raw) ?? 0) > MAX_BODY_BYTES) {
      refuseUnread(reply, "body_too_large", TOO_LARGE);
    } else if (rate?.allowed === false) {
      refusals.add("address_rate", access.clientAddress(request.raw));
      refuseUnread(reply, "rate_limited", tooMany("your address"));
    } else {
      const { raw } = request;
      const sender = () => clientNetwork(access.reachedAs(raw).address);
      bodies.read(raw, sender, (read) => void settle(raw, reply, read, rate));
      return;
    }
    counts.answered(reply.statusCode);
  }

  /** Never rejects. */
  async function settle(
    message: IncomingMessage,
    reply: FastifyReply,
    read: BodyRead,
    rate: RateState | null,
  ): Promise<void> {
    try {
      switch (read.kind) {
        case "broken":
          reply.hijack();
          return;
        case "tooLarge":
          refuseUnread(reply, "body_too_large", TOO_LARGE);
          break;
        case "noRoom":
          reply.header("retry-after", "1");
          refuseUnread(reply, "overloaded", NO_ROOM);
          break;
        case "whole": {
          const tasks = examine(message, reply, read.body, rate);
          if (tasks !== null) answerOutcome(reply, await intake.add(tasks), tasks, countTaken);
          break;
        }
        default:
          read satisfies never;
      }
    } catch (error) {
      reply.send(error);
    }
    counts.answered(reply.statusCode);
  }

  /** Null when the request was refused. */
  function examine(
    message: IncomingMessage,
    reply: FastifyReply,
    body: Buffer,
    rate: RateState | null,
  ): Incoming | null {
    const problem = mediaTypeProblem(message.headers);
    if (problem !== null) return refuse(reply, "unsupported_media_type", problem);

    const signature = checkSignature(message.headers, body);
    let webhookId = "";
    switch (signature.kind) {
      case "refused":
        refusals.add(`signature_${signature.problem}`, access.clientAddress(message));
        return refuse(reply, signature.code, signature.reason);
      case "unsigned": {
        // A page of another site can make a browser send what it likes, but not sign it.
        const refusal = access.changeRefusal(message);
        if (refusal !== null) return refuse(reply, refusal.code, refusal.reason);
        break;
      }
      case "signed": {
        const ofKey = limits?.takeKey(signature.signer);
        if (ofKey !== undefined && ofKey.remaining <= (rate?.remaining ?? 0)) {
          limits?.describe(reply, ofKey);
        }
        if (ofKey?.allowed === false) {
          refusals.add("key_rate", access.clientAddress(message));
          return refuse(reply, "rate_limited", tooMany("this key"));
        }
        if (KEPT_ID.test(signature.webhookId)) webhookId = signature.webhookId;
        break;
      }
      default:
        return signature satisfies never;
    }

    const parsed = parseTasks(body);
    switch (parsed.kind) {
      case "notJson":
        return refuse(reply, "invalid_json", parsed.reason);
      case "notTasks":
        return refuse(reply, "invalid_task", parsed.reason, parsed.errors);
      case "tasks":
        return incomingTasks(parsed, webhookId);
      default:
        return parsed satisfies never;
    }
  }
}

function tooMany(sender: string): string {
  return `Too many requests came from ${sender}; wait as long as Retry-After says.`;
}

function refuse(reply: FastifyReply, ...what: RefusalWords): null {
  sendError(reply, ...what);
  return null;
}
