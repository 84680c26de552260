import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES } from "@taskpulse/contract";
import {
  type Access,
  clientNetwork,
  Gauge,
  type Notices,
  type Registry,
  type RouteDocs,
  refuseOtherMethods,
  sendError,
} from "@taskpulse/runtime";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BodyRead, BodyReader, declaredLength } from "./body-reader.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { IngestRefusals, type RefusalReason } from "./ingest-refusals.ts";
import type { CheckSignature } from "./ingest-signature.ts";
import { mediaTypeProblem } from "./media-type.ts";
import type { RateState } from "./rate-limiter.ts";
import { refuseUnread } from "./refuse-unread.ts";

/** Longer ones are verified, but not kept. */
const KEPT_ID = /^[\x21-\x7e]{1,200}$/;
const MAX_HELD_BYTES = 134_217_728;
const TOO_LARGE = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
const NO_ROOM =
  "Too much is on its way here, from everybody or from your network; send again in a moment.";

export interface IncomingWebhookOptions {
  metrics: Registry;
  access: Access;
  notices: Notices;
  checkSignature: CheckSignature;
  /** Null: no limits. */
  limits: IngestLimits | null;
  /** How much the bodies may hold that have come in part, in bytes. */
  maxHeldBytes?: number | undefined;
}

/** A request whose body has come whole. */
export interface WholeRequest {
  message: IncomingMessage;
  reply: FastifyReply;
  body: Buffer;
  /** What the rate of its address is; null: not limited. */
  rate: RateState | null;
}

export interface IncomingRoute {
  path: string;
  docs: RouteDocs;
  /** Answers. What it rejects with is answered as an error of ours. */
  take: (request: WholeRequest) => Promise<void> | void;
  /** Called with the status of each answer, refusals of other methods included. */
  onAnswered: (status: number) => void;
}

type RefusalWords =
  Parameters<typeof sendError> extends [FastifyReply, ...infer Rest] ? Rest : never;

/**
 * What all routes share that strangers send signed requests to: checks in the order of the contract,
 * method, size, the rate of the address, media type, signature, the rate of the key; and memory for
 * what is on its way.
 */
export class IncomingWebhooks {
  readonly #refusals: IngestRefusals;
  readonly #options: IncomingWebhookOptions;
  readonly #bodies: BodyReader;

  constructor(options: IncomingWebhookOptions) {
    const { metrics, notices, maxHeldBytes = MAX_HELD_BYTES } = options;
    this.#options = options;
    this.#refusals = new IngestRefusals(metrics, notices);
    const bodies = new BodyReader({ maxBodyBytes: MAX_BODY_BYTES, maxHeldBytes });
    this.#bodies = bodies;
    new Gauge({
      name: "taskpulse_ingest_held_bytes",
      help: "What the bodies hold that have come in part; those that find no room are turned away.",
      registers: [metrics],
      collect() {
        this.set(bodies.heldBytes);
      },
    });
  }

  /** `POST` on a path. What is refused by its size or the rate of its address is refused unread. */
  addRoute(app: FastifyInstance, route: IncomingRoute): void {
    const { path, onAnswered } = route;
    app.route({
      method: "POST",
      url: path,
      config: { access: "open", docs: route.docs },
      // Answers by itself, before Fastify looks at the body: what is refused must not be read first.
      onRequest: (request, reply, _done) => this.#receive(request, reply, route),
      handler: () => undefined,
    });
    void app.register(async (scope) => {
      // The route above counts by itself: there, a hook would cost as much as a check.
      scope.addHook("onResponse", (_request, reply, done) => {
        onAnswered(reply.statusCode);
        done();
      });
      refuseOtherMethods(scope, path, ["POST"]);
    });
  }

  /** False when it was refused for its media type. */
  isJson({ message, reply }: WholeRequest): boolean {
    const problem = mediaTypeProblem(message.headers);
    if (problem !== null) sendError(reply, "unsupported_media_type", problem);
    return problem === null;
  }

  /**
   * The `webhook-id` of what is signed, empty where it is not kept or no signature is required; null
   * when it was refused.
   *
   * @param unsigned what is said where there is no signature and must be one
   */
  checkSender({ message, reply, body, rate }: WholeRequest, unsigned?: string): string | null {
    const { access, limits, checkSignature } = this.#options;
    const signature = checkSignature(message.headers, body);
    switch (signature.kind) {
      case "refused":
        this.refuse(message, `signature_${signature.problem}`);
        return refuse(
          reply,
          signature.code,
          signature.problem === "missing" ? (unsigned ?? signature.reason) : signature.reason,
        );
      case "unsigned": {
        // A page of another site can make a browser send what it likes, but not sign it.
        const refusal = access.changeRefusal(message);
        return refusal === null ? "" : refuse(reply, refusal.code, refusal.reason);
      }
      case "signed": {
        const ofKey = limits?.takeKey(signature.signer);
        if (ofKey !== undefined && ofKey.remaining <= (rate?.remaining ?? 0)) {
          limits?.describe(reply, ofKey);
        }
        if (ofKey?.allowed === false) {
          this.refuse(message, "key_rate");
          return refuse(reply, "rate_limited", tooMany("this key"));
        }
        return KEPT_ID.test(signature.webhookId) ? signature.webhookId : "";
      }
      default:
        return signature satisfies never;
    }
  }

  /** Leaves a trace of a sender that was refused. */
  refuse(message: IncomingMessage, reason: RefusalReason): void {
    this.#refusals.add(reason, this.#options.access.clientAddress(message));
  }

  #receive(request: FastifyRequest, reply: FastifyReply, route: IncomingRoute): void {
    const { access, limits } = this.#options;
    const rate = limits?.takeAddress(access.clientAddress(request.raw)) ?? null;
    if (rate !== null) limits?.describe(reply, rate);
    if ((declaredLength(request.raw) ?? 0) > MAX_BODY_BYTES) {
      refuseUnread(reply, "body_too_large", TOO_LARGE);
    } else if (rate?.allowed === false) {
      this.refuse(request.raw, "address_rate");
      refuseUnread(reply, "rate_limited", tooMany("your address"));
    } else {
      const { raw } = request;
      const sender = () => clientNetwork(access.reachedAs(raw).address);
      this.#bodies.read(raw, sender, (read) => void this.#settle(raw, reply, read, rate, route));
      return;
    }
    route.onAnswered(reply.statusCode);
  }

  /** Never rejects. */
  async #settle(
    message: IncomingMessage,
    reply: FastifyReply,
    read: BodyRead,
    rate: RateState | null,
    { take, onAnswered }: IncomingRoute,
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
        case "whole":
          await take({ message, reply, body: read.body, rate });
          break;
        default:
          read satisfies never;
      }
    } catch (error) {
      reply.send(error);
    }
    onAnswered(reply.statusCode);
  }
}

function tooMany(sender: string): string {
  return `Too many requests came from ${sender}; wait as long as Retry-After says.`;
}

function refuse(reply: FastifyReply, ...what: RefusalWords): null {
  sendError(reply, ...what);
  return null;
}
