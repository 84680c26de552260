import { sendError } from "@taskpulse/runtime";
import type { FastifyInstance, FastifyReply } from "fastify";
import { mediaTypeProblem } from "./media-type.ts";

/** The routes of `scope` get the bytes that were sent, whatever they are called; see `jsonBody`. */
export function acceptBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
}

/** The bytes of a body that is JSON as far as its headers say; null when the refusal has been sent. */
export function jsonBody(reply: FastifyReply): Buffer | null {
  const { body, headers } = reply.request;
  if (!Buffer.isBuffer(body) || body.length === 0) {
    sendError(reply, "invalid_json", "There is no body; send JSON.");
    return null;
  }
  const problem = mediaTypeProblem(headers);
  if (problem === null) return body;
  sendError(reply, "unsupported_media_type", problem);
  return null;
}
