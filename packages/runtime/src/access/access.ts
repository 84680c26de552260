import type { IncomingMessage } from "node:http";
import type { Redis } from "ioredis";
import { type Config, isLoopback } from "../config.ts";
import type { AccessTrail } from "./access-trail.ts";
import { adminTokenCheck, bearerToken, type IsAdminToken } from "./admin-token.ts";
import { hostRefusal, isLocalName } from "./allowed-host.ts";
import { crossSiteRefusal, unprovenRefusal } from "./cross-site.ts";
import { EndedSessions } from "./ended-sessions.ts";
import { clientAddress, type ReachedAs, reachedAs, trustedProxies } from "./reached-as.ts";
import type { Refusal } from "./refusal.ts";
import type { HeaderOptions } from "./security-headers.ts";
import { SessionWatch } from "./session-watch.ts";
import { type Session, Sessions } from "./sessions.ts";
import { WrongTokens } from "./wrong-tokens.ts";

export interface AccessOptions {
  config: Pick<Config, "adminToken" | "trustProxy" | "allowedHosts">;
  redis: Redis;
  /** Where Redis keeps what all processes must know; see `createKeys` of the store. */
  keys: { endedSessionPrefix: string; wrongTokenPrefix: string };
}

/** Who asks. Strangers may only see what is for everyone. */
export type Visitor =
  /** No token is set: whoever reaches this instance may use it. */
  | { kind: "anyone" }
  | { kind: "program" }
  | { kind: "session"; session: Session }
  | { kind: "stranger" };

export type Admission = { kind: "visitor"; visitor: Visitor } | ({ kind: "refused" } & Refusal);

export type LoginOutcome = { kind: "right"; cookie: string } | ({ kind: "refused" } & Refusal);

const WRONG = { code: "login_required", reason: "That is not the admin token." } as const;

/** Who may look and act. One per process; the web host's hook and the sockets ask it. */
export class Access implements Disposable {
  readonly isGuarded: boolean;
  readonly #isTrusted: ReturnType<typeof trustedProxies>;
  readonly #reached = new WeakMap<IncomingMessage, ReachedAs>();
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #isToken: IsAdminToken;
  readonly #sessions: Sessions | null;
  readonly #ended: EndedSessions;
  readonly #watch: SessionWatch;
  readonly #wrongTokens: WrongTokens;
  readonly #trail: AccessTrail | null;

  constructor({ config, redis, keys }: AccessOptions, trail: AccessTrail | null = null) {
    const { adminToken, trustProxy, allowedHosts } = config;
    this.isGuarded = adminToken !== undefined;
    this.#isTrusted = trustedProxies(trustProxy);
    this.#allowedHosts = new Set(allowedHosts);
    this.#isToken = adminToken === undefined ? () => false : adminTokenCheck(adminToken);
    this.#sessions = adminToken === undefined ? null : new Sessions(adminToken);
    this.#ended = new EndedSessions(redis, keys.endedSessionPrefix);
    this.#watch = new SessionWatch(this.#ended);
    this.#wrongTokens = new WrongTokens(redis, keys.wrongTokenPrefix);
    this.#trail = trail;
  }

  /** Looked up once for each request, as several checks need it. */
  reachedAs(request: IncomingMessage): ReachedAs {
    const known = this.#reached.get(request);
    if (known !== undefined) return known;
    const reached = reachedAs(request, this.#isTrusted);
    this.#reached.set(request, reached);
    return reached;
  }

  /** What limits per client go by; empty when the connection has ended meanwhile. */
  clientAddress(request: IncomingMessage): string {
    return clientAddress(request, this.#isTrusted);
  }

  headerOptions(request: IncomingMessage): HeaderOptions {
    const { host, scheme } = this.reachedAs(request);
    const isSecure = scheme === "https";
    const name = host?.name ?? "";
    return { isSecure, isTrustworthy: isSecure || isLoopback(name) || isLocalName(name) };
  }

  /** Whether this request came under a name that is not ours. */
  hostRefusal(request: IncomingMessage): Refusal | null {
    return hostRefusal(this.reachedAs(request).host, this.#allowedHosts);
  }

  /** For what changes something, whoever asks for it: a name that is not ours, or another site. */
  changeRefusal(request: IncomingMessage): Refusal | null {
    const reached = this.reachedAs(request);
    return (
      hostRefusal(reached.host, this.#allowedHosts) ?? crossSiteRefusal(request.headers, reached)
    );
  }

  /** For a GET that starts work, in addition to `changeRefusal`. */
  workRefusal(request: IncomingMessage, visitor: Visitor): Refusal | null {
    return visitor.kind === "session"
      ? unprovenRefusal(request.headers, this.reachedAs(request))
      : null;
  }

  /** @param handshakeToken a token that came otherwise than in a header; it comes first */
  async admit(request: IncomingMessage, handshakeToken?: string): Promise<Admission> {
    if (this.#sessions === null) return admitted({ kind: "anyone" });
    const token = handshakeToken ?? bearerToken(request.headers.authorization);
    if (token !== null) {
      const refusal = await this.#tokenRefusal(token, this.reachedAs(request).address);
      return refusal === null ? admitted({ kind: "program" }) : { kind: "refused", ...refusal };
    }
    const session = this.#sessions.read(request.headers.cookie);
    return session === null || (await this.#ended.has(session))
      ? admitted({ kind: "stranger" })
      : admitted({ kind: "session", session });
  }

  async logIn(request: IncomingMessage, token: string): Promise<LoginOutcome> {
    const { address, scheme } = this.reachedAs(request);
    const refusal = await this.#tokenRefusal(token, address);
    if (refusal !== null || this.#sessions === null) {
      return { kind: "refused", ...(refusal ?? WRONG) };
    }
    return { kind: "right", cookie: this.#sessions.open(scheme === "https") };
  }

  async logOut(visitor: Visitor): Promise<void> {
    if (visitor.kind !== "session") return;
    await this.#ended.add(visitor.session);
    await this.#watch.look();
  }

  /**
   * Calls `end` when what lets this visitor in has ended. To be asked only for what is still open:
   * whoever left while being admitted would be kept for as long as the session lasts.
   *
   * @returns to be called at the end
   */
  watch(visitor: Visitor, end: () => void): () => void {
    return visitor.kind === "session" ? this.#watch.add(visitor.session, end) : () => {};
  }

  /** How many sockets and streams would end with the session that opened them. */
  get watched(): number {
    return this.#watch.size;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  async #tokenRefusal(token: string, address: string): Promise<Refusal | null> {
    await this.#wrongTokens.ask(address);
    // From here to the count nothing waits: guesses that arrive together are counted one by one.
    const blocked = this.#blockedRefusal(address);
    if (blocked !== null) {
      this.#trail?.refused("locked_out", address);
      return blocked;
    }
    if (this.#isToken(token)) return null;
    this.#trail?.refused("wrong_token", address);
    if (await this.#wrongTokens.add(address)) this.#trail?.lockedOut(address);
    return WRONG;
  }

  #blockedRefusal(address: string): Refusal | null {
    const retryAfterSeconds = this.#wrongTokens.waitSeconds(address);
    if (retryAfterSeconds === 0) return null;
    return {
      code: "too_many_attempts",
      reason: `Too many wrong tokens came from this address; try again in ${inWords(retryAfterSeconds)}.`,
      retryAfterSeconds,
    };
  }
}

function admitted(visitor: Visitor): Admission {
  return { kind: "visitor", visitor };
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
