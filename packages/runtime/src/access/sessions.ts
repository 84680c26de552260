import { randomBytes, scryptSync } from "node:crypto";
import { signerFactory } from "@fastify/cookie";
import { parseCookie, stringifySetCookie } from "cookie";

const COOKIE = "taskpulse_session";
const LIFETIME_S = 7 * 86_400;
const SIGNED = /^[A-Za-z0-9_-]{22}\.\d{1,12}\.[A-Za-z0-9+/]{43}$/;
const CONTENT = /^([A-Za-z0-9_-]{22})\.(\d{1,12})$/;

/** About 80 ms and 32 MiB. */
const KEY_COST = { N: 32_768, r: 8, p: 1, maxmem: 67_108_864 } as const;

export interface Session {
  id: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}

/**
 * What a browser has instead of the token: an id and an end, signed. The key comes from the token, so
 * that every process knows it and another token ends all sessions. Whoever has a cookie can try tokens
 * against it on their own machine: scrypt (RFC 7914) makes each try cost what it costs here, once at
 * the start. It slows down guessing, and no more: a token must still be too long to be guessed.
 */
export class Sessions {
  readonly #signer: ReturnType<typeof signerFactory>;

  constructor(adminToken: string) {
    this.#signer = signerFactory(scryptSync(adminToken, "taskpulse session 2", 32, KEY_COST));
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
