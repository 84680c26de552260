import { ERROR_CODES, errorBody } from "@taskpulse/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Access, Visitor } from "./access.ts";
import { loginAddress } from "./next-path.ts";
import { isPublicAsset } from "./public-asset.ts";
import type { Refusal } from "./refusal.ts";
import { setDataHeaders } from "./security-headers.ts";

/** What a route's `config.access` may say; without it, the route is guarded. */
type RouteAccess =
  /** Says nothing that is not for everyone, or decides for itself, as ingest does. */
  | "open"
  /** Answers everyone, and tells more to those who may look: `request.visitor` says who that is. */
  | "status"
  /** The way in and out: name and origin are checked, but nobody needs to be known. */
  | "login"
  /** Starts work, also by GET: pages of other sites may not. */
  | "works";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Who asks; null where the route is open and nobody looked. */
    visitor: Visitor | null;
  }
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Puts every route of `app`, and what has none, under the rules of `access`. */
export function guardRoutes(app: FastifyInstance, access: Access): void {
  app.decorateRequest("visitor", null);
  app.addHook("onRequest", (request, reply, done) => {
    const rule = request.routeOptions.config.access;
    if (rule === "open") return done();
    setDataHeaders(access.headerOptions(request.raw), request.raw, reply.raw);
    // Whoever is refused has the answer already; nothing goes on then.
    letIn(request, reply, rule, access).then((isIn) => isIn && done(), done);
  });
}

async function letIn(
  request: FastifyRequest,
  reply: FastifyReply,
  rule: Exclude<RouteAccess, "open"> | undefined,
  access: Access,
): Promise<boolean> {
  const { raw, method } = request;
  const changes = rule === "works" || !SAFE_METHODS.has(method);
  const refusal = changes ? access.changeRefusal(raw) : access.hostRefusal(raw);
  if (refusal !== null) {
    if (rule === "status") return true;
    return refuse(reply, refusal);
  }
  if (request.is404 && !changes && isPublicAsset(request.url)) return true;
  const admission = await access.admit(raw);
  if (reply.raw.destroyed) return nobodyLeft(reply);
  if (admission.kind === "refused") {
    return rule === "login" ? true : refuse(reply, admission);
  }
  const { visitor } = admission;
  request.visitor = visitor;
  if (rule === "login" || rule === "status") return true;
  if (visitor.kind === "stranger") return sendToLogin(request, reply);
  const unproven = rule === "works" ? access.workRefusal(raw, visitor) : null;
  if (unproven !== null) return refuse(reply, unproven);
  reply.raw.once(
    "close",
    access.watch(visitor, () => reply.raw.destroy()),
  );
  return true;
}

/** Who left while being admitted gets no answer, and nothing may wait for its end: that is over. */
function nobodyLeft(reply: FastifyReply): false {
  reply.hijack();
  return false;
}

/** A browser that goes somewhere is shown the login page; everything else is told why not. */
function sendToLogin(request: FastifyRequest, reply: FastifyReply): false {
  const { method, headers, url } = request;
  const navigates = method === "GET" || method === "HEAD";
  if (navigates && (headers.accept ?? "").includes("text/html")) {
    reply.redirect(loginAddress(url), 303);
    return false;
  }
  return refuse(reply, {
    code: "login_required",
    reason: "This needs the admin token: send it as Authorization: Bearer, or sign in at /login.",
  });
}

function refuse(reply: FastifyReply, refusal: Refusal): false {
  sendRefusal(reply, refusal);
  return false;
}

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { code, reason, retryAfterSeconds } = refusal;
  const { status } = ERROR_CODES[code];
  if (status === 401) reply.header("www-authenticate", "Bearer");
  if (retryAfterSeconds !== undefined) reply.header("retry-after", String(retryAfterSeconds));
  return reply.code(status).send(errorBody(code, reason));
}
