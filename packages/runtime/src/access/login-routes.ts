import { ERROR_CODES } from "@taskpulse/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refuseOtherMethods } from "../other-methods.ts";
import type { Access, Visitor } from "./access.ts";
import { sendRefusal } from "./access-hook.ts";
import { nextPath } from "./next-path.ts";
import { tellLoginProblem } from "./page-request.ts";
import type { Refusal } from "./refusal.ts";
import { forgottenSession } from "./sessions.ts";

const MOST_BYTES = 4_096;
const FORM = "application/x-www-form-urlencoded";

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
    const config = { access: "login" } as const;

    if (renderPage !== null) {
      scope.get<{ Querystring: { next?: unknown } }>("/login", { config }, (request, reply) => {
        const { next } = request.query;
        return access.isGuarded && !isIn(request.visitor)
          ? renderPage(request, reply)
          : reply.redirect(nextPath(typeof next === "string" ? next : null), 303);
      });
    }

    scope.post("/login", { config }, async (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const next = nextPath(form.get("next"));
      if (!access.isGuarded) return reply.redirect(next, 303);
      const outcome = await access.logIn(request.raw, form.get("token") ?? "");
      switch (outcome.kind) {
        case "right":
          return reply.header("set-cookie", outcome.cookie).redirect(next, 303);
        case "refused": {
          const asksForPage = (request.headers.accept ?? "").includes("text/html");
          if (renderPage === null || !asksForPage) return sendRefusal(reply, outcome);
          return renderPage(request, reply, () => showProblem(request, reply, outcome, next));
        }
        default:
          return outcome satisfies never;
      }
    });

    refuseOtherMethods(scope, "/login", renderPage === null ? ["POST"] : ["GET", "POST"]);

    scope.post("/logout", { config }, async (request, reply) => {
      if (request.visitor !== null) await access.logOut(request.visitor);
      const isSecure = access.reachedAs(request.raw).scheme === "https";
      return reply.header("set-cookie", forgottenSession(isSecure)).redirect("/login", 303);
    });
    refuseOtherMethods(scope, "/logout", ["POST"]);
  });
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
