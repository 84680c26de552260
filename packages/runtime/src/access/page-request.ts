import { PAGE_HEADERS } from "@taskpulse/contract";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Access } from "./access.ts";
import type { Refusal } from "./refusal.ts";
import { newNonce, setPageHeaders } from "./security-headers.ts";

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
  for (const name of Object.values(PAGE_HEADERS)) delete headers[name];
  delete headers[`${POLICY}-report-only`];
  const { host, scheme } = access.reachedAs(raw);
  const nonce = newNonce();
  // Next.js decides itself how long which page and file may be kept.
  reply.raw.removeHeader("cache-control");
  setPageHeaders({ ...access.headerOptions(raw), nonce, isDev }, raw, reply.raw);
  headers[POLICY] = String(reply.raw.getHeader(POLICY));
  headers[PAGE_HEADERS.nonce] = nonce;
  if (host !== null) headers[PAGE_HEADERS.origin] = `${scheme ?? "http"}://${host.withPort}`;
  if (visitor?.kind === "session") headers[PAGE_HEADERS.signedIn] = "1";
}

/** The answer to a form is the page with the form, and why it failed; to be prepared already. */
export function tellLoginProblem({ raw }: FastifyRequest, { reason }: Refusal, next: string): void {
  // The body has been read, and Next.js would take a POST for a call of a server function.
  raw.method = "GET";
  raw.url = `/login?next=${encodeURIComponent(next)}`;
  delete raw.headers["content-type"];
  delete raw.headers["content-length"];
  raw.headers[PAGE_HEADERS.loginProblem] = reason;
}
