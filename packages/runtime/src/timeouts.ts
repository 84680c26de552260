/** How long a client may take, in ms. Whoever is late is answered 408 and cut. */
export interface Timeouts {
  /** From the connection, or the first byte of a further request, to the end of its headers. */
  headersMs: number;
  /** To the end of the body. */
  requestMs: number;
  /** Between two requests on one connection. */
  keepAliveMs: number;
  /** How often connections are looked at: by so much the first two may be exceeded. */
  checkMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 72_000,
  checkMs: 1_000,
};
