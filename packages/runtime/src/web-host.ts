import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { MAX_BODY_BYTES } from "@taskpulse/contract";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { Access, type AccessOptions } from "./access/access.ts";
import { guardRoutes } from "./access/access-hook.ts";
import { AccessTrail } from "./access/access-trail.ts";
import { addLoginRoutes, type RenderPage } from "./access/login-routes.ts";
import { preparePage } from "./access/page-request.ts";
import { isPublicAsset } from "./access/public-asset.ts";
import { httpOrigin } from "./config.ts";
import { type CollectedRoute, collectRoutes } from "./docs/collect-routes.ts";
import type { Logger } from "./logger.ts";
import { Notices } from "./notices.ts";
import { OpenSockets } from "./open-sockets.ts";
import type { Registry } from "./operations.ts";
import { refuseOtherMethods, teachMethods } from "./other-methods.ts";
import { RenderGate } from "./render-gate.ts";
import { sendError } from "./send-error.ts";
import { DEFAULT_TIMEOUTS, type Timeouts } from "./timeouts.ts";
import { refuseExpectation, refuseUnreadable } from "./unreadable.ts";

/**
 * Where pages come from: `built` by `next build`, `dev` compiled as they are asked for, or `none`:
 * an API without pages.
 */
export type Pages = "built" | "dev" | "none";

/** The folder of the Next.js app is where its `next.config.ts` lies. */
export type PageSource =
  | { pages: Exclude<Pages, "none">; appDir: string }
  | { pages: "none"; appDir?: string };

export type WebHostOptions = PageSource & {
  log: Logger;
  /** Where it counts whom it refuses. */
  metrics: Registry;
  access: AccessOptions;
  timeouts?: Partial<Timeouts>;
  /** Begins the paths of WebSockets for which somebody else listens on `app.server`. */
  socketPath?: string;
};

export interface WebHost extends AsyncDisposable {
  readonly app: FastifyInstance;
  /** Who may look and act: holds for every route here; what is no route asks it. */
  readonly access: Access;
  /** All routes of `app`, and what they say of themselves. */
  readonly routes: readonly CollectedRoute[];
  /** For whatever else strangers can cause and an operator should know. */
  readonly notices: Notices;
  /** Serves from now on. Rejects when the port can't be had. */
  listen(host: string, port: number): Promise<void>;
}

/**
 * One process, one port: Fastify answers what it has a route for, Next.js renders the rest.
 */
export async function createWebHost(options: WebHostOptions): Promise<WebHost> {
  const { pages, log, metrics, socketPath } = options;
  const limits = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: "idle",
    keepAliveTimeout: limits.keepAliveMs,
    requestTimeout: limits.requestMs,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
      // Clients offer HTTP/2 with any request; an offer that is not taken is ignored (RFC 9110,
      // section 7.8). Otherwise Node.js would hand over all of them as soon as somebody listens.
      shouldUpgradeCallback: (request) =>
        isSocket(request, socketPath) || isReloadSocket(request, pages),
    },
    return503OnClosing: false,
    // What is longer than any name is still not found, and not a bad request.
    routerOptions: { maxParamLength: 2_000 },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, _request, reply) => answerError(error, reply, log),
  });
  teachMethods(app);
  const routes = collectRoutes(app);
  app.server.on("connect", (_request, socket) => {
    // Node.js no longer listens: without this, a client that resets it would end the process.
    socket.on("error", () => socket.destroy());
    refuseUnreadable(new Error("CONNECT"), socket);
  });
  app.server.on("checkExpectation", refuseExpectation);
  // Node.js leaves out what is above the count without a word; their size is bounded anyway.
  app.server.maxHeadersCount = 0;
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply, log));
  const notices = new Notices(log);
  const access = new Access(options.access, new AccessTrail(metrics, notices));
  guardRoutes(app, access);
  const next =
    options.pages === "none" ? null : await openPages(options.appDir, options.pages === "dev");
  const gate = new RenderGate();
  const renderPage: RenderPage | null =
    next &&
    ((request, reply, change) => {
      const render = () => {
        preparePage(request, reply, access, pages === "dev");
        change?.();
        return next.render(request.raw, reply.raw);
      };
      const isFile = request.url.startsWith("/_next/static/") && isPublicAsset(request.url);
      if (!isFile && !gate.admit(reply.raw, render)) {
        reply.header("retry-after", "1");
        return sendError(
          reply,
          "overloaded",
          "Too many pages are asked for; try again in a moment.",
        );
      }
      reply.hijack();
      return isFile ? render() : undefined;
    });
  addLoginRoutes(app, access, renderPage);

  app.setNotFoundHandler((request, reply) => {
    if (renderPage !== null && wantsPage(request)) return renderPage(request, reply);
    const address = request.url.slice(0, 200);
    return sendError(reply, "not_found", `There is nothing at ${request.method} ${address}.`);
  });
  const sockets = new OpenSockets(app.server);
  if (next !== null) refuseOtherMethods(app, "/", ["GET"]);
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.upgraded(socket);
    // Elsewhere, or where nobody listens, nobody would ever end the connection.
    if (isSocket(request, socketPath) && app.server.listenerCount("upgrade") > 1) return;
    // All that is left is the reload socket, for the login page as well.
    const isOurs = isReloadSocket(request, pages) && access.changeRefusal(request) === null;
    if (!(isOurs && next?.upgrades.emit("upgrade", request, socket, head))) socket.destroy();
  });

  return {
    app,
    access,
    routes,
    notices,
    async listen(host, port) {
      await app.listen({ host, port });
      if (pages === "dev") await wakePages(httpOrigin(host, port));
    },
    async [Symbol.asyncDispose]() {
      access[Symbol.dispose]();
      await sockets.endFor(app.close());
      await next?.close();
      notices[Symbol.dispose]();
    },
  };
}

function isSocket({ headers, url }: IncomingMessage, path: string | undefined): boolean {
  if (path === undefined || headers.upgrade?.toLowerCase() !== "websocket") return false;
  return url?.startsWith(path) === true;
}

function isReloadSocket(request: IncomingMessage, pages: Pages): boolean {
  return pages === "dev" && isSocket(request, "/_next/");
}

const PAGE = /^\/(?:\?|$|_next\/|icon\.svg|favicon\.ico)/;

/** Elsewhere, a browser is shown Next.js' page for what is not found, a program the error body. */
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  if (PAGE.test(url)) return true;
  if (url.startsWith("/api/")) return false;
  // A page that goes to another asks for what is different there.
  return (headers.accept ?? "").includes("text/html") || headers.rsc !== undefined;
}

/**
 * Next.js gets an HTTP server that never listens: it would otherwise take upgrades away from
 * Socket.IO. What it needs of those (its own reload socket) is handed to it.
 */
async function openPages(appDir: string, dev: boolean) {
  // Whoever has no pages does without its memory and the time it takes to load.
  const { default: createNext } = await import("next");
  const upgrades = createServer();
  const next = createNext({ dev, dir: appDir, httpServer: upgrades });
  await withoutChatter(() => next.prepare());
  return { render: next.getRequestHandler(), upgrades, close: () => next.close() };
}

/**
 * Next.js takes its reload socket only after a first request. A page that was open before a restart
 * asks for nothing but that socket, so the request is made here.
 */
async function wakePages(origin: string): Promise<void> {
  // biome-ignore lint/style/noRestrictedGlobals: it asks itself, and nothing that data names
  const response = await fetch(origin).catch(() => null);
  await response?.arrayBuffer();
}

/** Next.js prints how long it took to read its configuration; `quiet` does not cover that. */
async function withoutChatter(work: () => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => undefined;
  try {
    await work();
  } finally {
    console.log = log;
  }
}

function answerError(error: FastifyError, reply: FastifyReply, log: Logger): FastifyReply {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return sendError(reply, "body_too_large", `The body is larger than ${MAX_BODY_BYTES} bytes.`);
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return sendError(reply, "unsupported_media_type", "Send the body as application/json.");
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_CTP_INVALID_JSON_BODY":
      return sendError(reply, "invalid_json", "The body is not valid JSON.");
    default:
      if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
        return sendError(reply, "invalid_request", error.message);
      }
      log.error({ err: error }, "a request failed");
      return sendError(reply, "internal_error", "Something broke here; it has been logged.");
  }
}
