/** Where a request goes, taken apart: no secret of the address is in `origin` or `path`. */
export interface Target {
  /** `http://host:port` */
  origin: string;
  /** Path and query as they go over the wire: `/x?a=1`. */
  path: string;
  /** Of the address' user and password (RFC 7617); undefined without. */
  authorization: string | undefined;
}

export type ReadTarget =
  | { kind: "target"; target: Target }
  /** `reason` is one clause, and repeats nothing of the address. */
  | { kind: "refused"; reason: string };

/**
 * @param withQuery makes the query that is sent of the one in the address, each without `?`
 */
export function readTarget(
  address: string,
  withQuery: (query: string) => string = (query) => query,
): ReadTarget {
  if (!URL.canParse(address)) return { kind: "refused", reason: "the address can't be read" };
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { kind: "refused", reason: "only http:// and https:// addresses are called" };
  }
  const query = withQuery(url.search.slice(1));
  const { username, password } = url;
  return {
    kind: "target",
    target: {
      origin: url.origin,
      path: query === "" ? url.pathname : `${url.pathname}?${query}`,
      authorization:
        username === "" && password === ""
          ? undefined
          : basicAuth(percentDecoded(username), percentDecoded(password)),
    },
  };
}

/** The bytes meant by a text that `URL` has encoded, and so is ASCII; a `%` that encodes nothing stays. */
function percentDecoded(text: string): Buffer {
  const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
    String.fromCharCode(Number(`0x${hex}`)),
  );
  return Buffer.from(bytes, "latin1");
}

/** The value of an `Authorization` header: user and password in UTF-8 (RFC 7617). */
export function basicAuth(user: string | Buffer, password: string | Buffer): string {
  const both = Buffer.concat([Buffer.from(user), Buffer.from(":"), Buffer.from(password)]);
  return `Basic ${both.toString("base64")}`;
}
