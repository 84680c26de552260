import { parseSecrets, type WebhookSecret } from "@taskpulse/webhook";
import type { ClientOptions, Fetch } from "./client-options.ts";
import { describe, knownOptions } from "./describe.ts";
import { readEnvironment } from "./environment.ts";

export interface Settings {
  /** Without a slash at its end. */
  base: string;
  token: string | null;
  secret: WebhookSecret | null;
  fetch: Fetch;
}

const DEFAULT_URL = "http://127.0.0.1:5001";

/** @throws TypeError that names the option or the variable */
export function readSettings(options: ClientOptions = {}): Settings {
  knownOptions("createClient", options, ["url", "token", "secret", "fetch"]);
  const environment = readEnvironment();
  const { fetch = (url, init) => globalThis.fetch(url, init) } = options;
  if (typeof fetch !== "function") throw new TypeError("`fetch` must be a function");
  const url = chosen("url", options.url, "TASKPULSE_URL", environment.url);
  const token = chosen("token", options.token, "TASKPULSE_TOKEN", environment.token);
  const secret = chosen("secret", options.secret, "TASKPULSE_SECRET", environment.secret);
  return {
    base: url === null ? DEFAULT_URL : readBase(url),
    token: token === null ? null : readToken(token),
    secret: secret === null ? null : readSecret(secret),
    fetch,
  };
}

interface Chosen {
  /** As the program knows it. */
  name: string;
  value: unknown;
}

function chosen(
  option: string,
  given: unknown,
  variable: string,
  set: string | undefined,
): Chosen | null {
  if (given !== undefined) return { name: `\`${option}\``, value: given };
  return set === undefined ? null : { name: variable, value: set };
}

function readBase({ name, value }: Chosen): string {
  const rule = `${name} must be an http:// or https:// address without user, query and fragment, such as ${DEFAULT_URL}`;
  const text = value instanceof URL ? value.href : value;
  if (typeof text !== "string" || !URL.canParse(text)) throw new TypeError(rule);
  const { protocol, username, password, search, hash, origin, pathname } = new URL(text);
  const isHttp = protocol === "http:" || protocol === "https:";
  if (!isHttp || username + password + search + hash !== "") throw new TypeError(rule);
  return (origin + pathname).replace(/\/+$/, "");
}

function readToken({ name, value }: Chosen): string {
  // What a header can't hold would fail later, with the token in the message.
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new TypeError(`${name} must be a token: visible ASCII without spaces`);
}

function readSecret({ name, value }: Chosen): WebhookSecret {
  if (typeof value !== "string")
    throw new TypeError(`${name} must be a text, not ${describe(value)}`);
  const parsed = parseSecrets(value);
  if (parsed.kind === "invalid") throw new TypeError(`${name}: ${parsed.reason}`);
  return parsed.secrets[0];
}
