import { hkdfSync, randomBytes } from "node:crypto";
import { signerFactory } from "@fastify/cookie";
import { parseCookie, stringifySetCookie } from "cookie";

const COOKIE = "taskpulse_session";
const LIFETIME_S = 7 * 86_400;
const SIGNED = /^[A-Za-z0-9_-]{22}\.\d{1,12}\.[A-Za-z0-9+/]{43}$/;
const CONTENT = /^([A-Za-z0-9_-]{22})\.(\d{1,12})$/;

export interface Session {
  id: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}

/**
 * What a browser has instead of the token: an id and an end, signed. The key comes from the token
 * (HKDF, RFC 5869), so that every process knows it, a stolen cookie says nothing about the token,
 * and another token ends all sessions.
 */
export class Sessions {
  readonly #signer: ReturnType<typeof signerFactory>;

  constructor(adminToken: string) {
    const key = hkdfSync("sha256", adminToken, "", "taskpulse session 1", 32);
    this.#signer = signerFactory(Buffer.from(key));
  }

  /** @returns the `Set-Cookie` of a new session */
  open(isSecure: boolean, nowMs = Date.now()): string {
    const expiresAt = Math.floor(nowMs / 1_000) + LIFETIME_S;
    const value = this.#signer.sign(`${randomBytes(16).toString("base64url")}.${expiresAt}`);
    return sessionCookie(value, LIFETIME_S, isSecure);
  }

  /** The session that a request's `Cookie` header carries, unless it is forged or has ended. */
  read(cookieHeader: string | undefined, nowMs = Date.now()): Session | null {
    if (cookieHeader === undefined) return null;
    // Of several of the name, the first that is good: another one may come from a neighbouring host.
    const content = parseCookie(cookieHeader, { decode: (value) => this.#verified(value) })[COOKIE];
    const [, id, end] = CONTENT.exec(content ?? "") ?? [];
    if (id === undefined || Number(end) * 1_000 <= nowMs) return null;
    return { id, expiresAt: Number(end) };
  }

  /** Asked for every cookie of the request, whatever its name, so the cheap look comes first. */
  #verified(value: string): string | undefined {
    return SIGNED.test(value) ? (this.#signer.unsign(value).value ?? undefined) : undefined;
  }
}

/** The `Set-Cookie` that makes a browser forget its session. */
export function forgottenSession(isSecure: boolean): string {
  return sessionCookie("", 0, isSecure);
}

/**
 * `SameSite=Lax`: with `Strict` a link to the board in a chat or a mail would lead to the login page
 * although one is signed in. What `Strict` would add is no more than the checks of origin give, which
 * hold for other ports of this host as well; those are the same site to a cookie.
 */
function sessionCookie(value: string, maxAge: number, isSecure: boolean): string {
  return stringifySetCookie({
    ...{ name: COOKIE, value, maxAge },
    ...{ path: "/", httpOnly: true, sameSite: "lax", secure: isSecure },
  });
}
