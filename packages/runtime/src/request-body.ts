import type { FastifyInstance } from "fastify";

/**
 * Bodies of API calls: JSON, or none at all (`undefined`), whatever the Content-Type of nothing says:
 * `curl -X POST` sends none, `fetch` with empty text sends `text/plain`.
 */
export function acceptJsonOrNothing(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json" && !type?.endsWith("+json")) {
      return done(new UnsupportedMediaType());
    }
    try {
      done(null, JSON.parse(body.toString()));
    } catch {
      done(new InvalidJson());
    }
  });
}

/** The web host's error handler turns these codes of Fastify's into answers. */
class UnsupportedMediaType extends Error {
  readonly code = "FST_ERR_CTP_INVALID_MEDIA_TYPE";
  readonly statusCode = 415;
}

class InvalidJson extends Error {
  readonly code = "FST_ERR_CTP_INVALID_JSON_BODY";
  readonly statusCode = 400;
}
