import type { FieldError } from "./error-body.ts";

/** Headers, cookies and Basic auth that somebody wants to be sent. */
export interface AskedHeaders {
  headers?: Readonly<Record<string, string>> | undefined;
  cookies?: Readonly<Record<string, string>> | undefined;
  auth?: readonly [user: string, password: string] | undefined;
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5, in ASCII and without white space at the ends, which would not arrive. */
const VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;
/** RFC 6265, section 4.1.1, and what browsers send besides; `;` would begin another cookie. */
const COOKIE = /^(?:[\x21-\x3a\x3c-\x7e](?:[\x20-\x3a\x3c-\x7e]*[\x21-\x3a\x3c-\x7e])?)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\x00-\x1f\x7f]/;

/** They belong to the connection (RFC 9110, section 7.6.1), to the framing of the message, or to us. */
const RESERVED: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "webhook-id",
  "webhook-signature",
  "webhook-timestamp",
]);

const MAX_HEADERS = 50;
/** Names and values, together: most servers take 8 or 16 KiB. */
const MAX_CHARACTERS = 6_000;
const IN_ASCII = "must be ASCII text in one line, without white space at its ends";

/**
 * Why these can't be sent, each with the path of its field (`headers.x-key`); none when they can. No
 * message repeats a value.
 */
export function headerProblems({ headers = {}, cookies = {}, auth }: AskedHeaders): FieldError[] {
  const problems: FieldError[] = [];
  const problem = (path: string, message: string) => problems.push({ path, message });
  const seen = new Set<string>();
  let characters = 0;
  for (const [name, value] of Object.entries(headers)) {
    const path = `headers.${name}`;
    const lower = name.toLowerCase();
    characters += name.length + value.length;
    // Headers are gathered in an object, and one can't have a field of that name.
    if (!TOKEN.test(name) || name === "__proto__") problem(path, "is not the name of a header");
    else if (RESERVED.has(lower)) problem(path, "is set by Taskpulse itself");
    else if (seen.has(lower)) problem(path, "is given twice, in upper and lower case");
    else if (!VALUE.test(value)) problem(path, IN_ASCII);
    seen.add(lower);
  }
  for (const [name, value] of Object.entries(cookies)) {
    const path = `cookies.${name}`;
    characters += name.length + value.length;
    if (!TOKEN.test(name)) problem(path, "is not the name of a cookie");
    else if (!COOKIE.test(value)) problem(path, `${IN_ASCII}, without semicolons`);
  }
  const names = Object.keys(cookies);
  if (names.length > 0 && seen.has("cookie")) {
    problem("cookies", "must not be given beside a header named cookie");
  }
  for (const [index, text] of (auth ?? []).entries()) {
    characters += text.length;
    if (CONTROL.test(text)) problem(`auth.${index}`, "must not hold control characters");
  }
  if (auth?.[0].includes(":")) problem("auth.0", "must not hold a colon");
  if (seen.size + names.length > MAX_HEADERS) {
    problem("headers", `must not be more than ${MAX_HEADERS}, cookies included`);
  }
  if (characters > MAX_CHARACTERS) {
    const limit = `must not hold more than ${MAX_CHARACTERS} characters, cookies and auth included`;
    problem("headers", limit);
  }
  return problems;
}
