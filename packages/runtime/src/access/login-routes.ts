import { ERROR_CODES } from "@taskpulse/contract";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { RouteDocs } from "../docs/route-docs.ts";
import { refuseOtherMethods } from "../other-methods.ts";
import type { Access, Visitor } from "./access.ts";
import { sendRefusal } from "./access-hook.ts";
import { nextPath } from "./next-path.ts";
import { tellLoginProblem } from "./page-request.ts";
import type { Refusal } from "./refusal.ts";
import { forgottenSession } from "./sessions.ts";

const MOST_BYTES = 4_096;
const FORM = "application/x-www-form-urlencoded";

const TOO_LARGE: Refusal = {
  code: "body_too_large",
  reason: `The form is larger than ${MOST_BYTES} bytes.`,
};
const NO_FORM: Refusal = {
  code: "unsupported_media_type",
  reason: `Send the form as ${FORM}.`,
};
const NOT_ONE_TOKEN: Refusal = {
  code: "invalid_request",
  reason: "token must come once, as one text: neither repeated nor as token[].",
};

export type RenderPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  change?: () => void,
) => unknown;

/**
 * `/login` and `/logout`, by plain forms: they work without JavaScript.
 *
 * @param renderPage null where there are no pages; programs are answered all the same
 */
export function addLoginRoutes(
  app: FastifyInstance,
  access: Access,
  renderPage: RenderPage | null,
): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      FORM,
      { parseAs: "string", bodyLimit: MOST_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    const config = (docs: RouteDocs) => ({ access: "login", docs }) as const;
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      switch (error.code) {
        case "FST_ERR_CTP_BODY_TOO_LARGE":
          // Its rest is not read.
          reply.raw.setHeader("connection", "close");
          return refuse(request, reply, TOO_LARGE, "/");
        case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
          return refuse(request, reply, NO_FORM, "/");
        default:
          throw error;
      }
    });

    if (renderPage !== null) {
      scope.get<{ Querystring: { next?: unknown } }>(
        "/login",
        { config: config(docs.page) },
        (request, reply) => {
          const { next } = request.query;
          return access.isGuarded && !isIn(request.visitor)
            ? renderPage(request, reply)
            : reply.redirect(nextPath(typeof next === "string" ? next : null), 303);
        },
      );
    }

    scope.post("/login", { config: config(docs.logIn) }, async (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const next = nextPath(form.get("next"));
      if (!access.isGuarded) return reply.redirect(next, 303);
      const token = tokenOf(form);
      if (token === null) return refuse(request, reply, NOT_ONE_TOKEN, next);
      const outcome = await access.logIn(request.raw, token);
      switch (outcome.kind) {
        case "right":
          return reply.header("set-cookie", outcome.cookie).redirect(next, 303);
        case "refused":
          return refuse(request, reply, outcome, next);
        default:
          return outcome satisfies never;
      }
    });

    refuseOtherMethods(scope, "/login", renderPage === null ? ["POST"] : ["GET", "POST"]);

    scope.post("/logout", { config: config(docs.logOut) }, async (request, reply) => {
      if (request.visitor !== null) await access.logOut(request.visitor);
      const isSecure = access.reachedAs(request.raw).scheme === "https";
      return reply.header("set-cookie", forgottenSession(isSecure)).redirect("/login", 303);
    });
    refuseOtherMethods(scope, "/logout", ["POST"]);
  });

  /** A browser is shown the form again, and why. */
  function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal, next: string) {
    const asksForPage = (request.headers.accept ?? "").includes("text/html");
    return renderPage === null || !asksForPage
      ? sendRefusal(reply, refusal)
      : renderPage(request, reply, () => showProblem(request, reply, refusal, next));
  }
}

/** Null when there is more than one, or none that is one text; empty when there is none at all. */
function tokenOf(form: URLSearchParams): string | null {
  const tokens = form.getAll("token");
  const isList = [...form.keys()].some((name) => name.startsWith("token["));
  return isList || tokens.length > 1 ? null : (tokens[0] ?? "");
}

function isIn(visitor: Visitor | null): boolean {
  return visitor !== null && visitor.kind !== "stranger";
}

function showProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Refusal,
  next: string,
): void {
  const { raw } = reply;
  raw.statusCode = ERROR_CODES[refusal.code].status;
  if (refusal.retryAfterSeconds !== undefined) {
    raw.setHeader("retry-after", String(refusal.retryAfterSeconds));
  }
  tellLoginProblem(request, refusal, next);
}

const TAG = "Operations";

const docs = {
  page: {
    id: "getLoginPage",
    tag: TAG,
    summary: "The form to sign in with, for browsers",
    query: z.object({ next: z.string().optional().describe("Where to go then.") }),
    answers: {
      200: { description: "The page.", schema: z.string(), mediaType: "text/html" },
      303: { description: "Nobody needs to sign in, or has already." },
    },
    errors: ["overloaded"],
  },
  logIn: {
    id: "logIn",
    tag: TAG,
    summary: "Sign a browser in with the admin token",
    description: "Programs send the token as `Authorization: Bearer` instead.",
    body: {
      schema: z.object({ token: z.string(), next: z.string().optional() }),
      mediaTypes: [FORM],
    },
    answers: {
      303: {
        description: "The session has begun.",
        headers: { "set-cookie": "The session." },
      },
    },
    errors: [
      "invalid_request",
      "login_required",
      "too_many_attempts",
      "cross_site",
      "host_not_allowed",
    ],
  },
  logOut: {
    id: "logOut",
    tag: TAG,
    summary: "Sign a browser out",
    answers: { 303: { description: "The session is over, on every connection." } },
    errors: ["cross_site", "host_not_allowed"],
  },
} as const satisfies Record<string, RouteDocs>;
