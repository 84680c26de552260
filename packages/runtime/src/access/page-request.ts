import type { FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "./access.ts";
import type { Refusal } from "./refusal.ts";
import { newNonce, setPageHeaders } from "./security-headers.ts";

/**
 * What the server tells a page about its request, as headers of that request: nothing else reaches a
 * page. Whatever a client sends under these names is dropped.
 */
const TOLD = {
  nonce: "x-nonce",
  /** The origin under which the reader sees this instance. */
  origin: "x-taskpulse-origin",
  /** `1`: the reader signed in here and may sign out. */
  signedIn: "x-taskpulse-signed-in",
  /** Why a login failed, as a sentence. */
  loginProblem: "x-taskpulse-login-problem",
} as const;
/** Next.js takes the nonce of its own scripts from here. */
const POLICY = "content-security-policy";

/** Makes a request and its answer ready to be rendered as a page. */
export function preparePage(
  { raw, visitor }: FastifyRequest,
  reply: FastifyReply,
  access: Access,
  isDev: boolean,
): void {
  const { headers } = raw;
  for (const name of Object.values(TOLD)) delete headers[name];
  delete headers[`${POLICY}-report-only`];
  const { host, scheme } = access.reachedAs(raw);
  const nonce = newNonce();
  // Next.js decides itself how long which page and file may be kept.
  reply.raw.removeHeader("cache-control");
  setPageHeaders({ ...access.headerOptions(raw), nonce, isDev }, raw, reply.raw);
  headers[POLICY] = String(reply.raw.getHeader(POLICY));
  headers[TOLD.nonce] = nonce;
  if (host !== null) headers[TOLD.origin] = `${scheme ?? "http"}://${host.withPort}`;
  if (visitor?.kind === "session") headers[TOLD.signedIn] = "1";
}

/** The answer to a form is the page with the form, and why it failed; to be prepared already. */
export function tellLoginProblem({ raw }: FastifyRequest, { reason }: Refusal, next: string): void {
  // The body has been read, and Next.js would take a POST for a call of a server function.
  raw.method = "GET";
  raw.url = `/login?next=${encodeURIComponent(next)}`;
  delete raw.headers["content-type"];
  delete raw.headers["content-length"];
  raw.headers[TOLD.loginProblem] = reason;
}
